#pragma once
// OriginTransfer: one HTTP exchange with an origin through libcurl: connects only to checked addresses,
// checks the peer again before each request, keeps every limit and deadline. It follows no redirect and
// decodes nothing.

#include "relay/content/body_source.hpp"
#include "relay/content/curl_loop.hpp"
#include "relay/content/origin_settings.hpp"
#include "relay/content/response_head.hpp"
#include "relay/content/slot_hold.hpp"
#include "relay/exit/resolver.hpp"
#include "relay/shared/content_counters.hpp"
#include "relay/shared/reply.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace ferry::relay::content {

/// The exit policy's word on an address. Asked for each new connection and again for each reused one.
using AddressCheck = std::function<base::Result<void>(const base::IpAddress&, std::uint16_t port)>;

class OriginTransfer;

/// What all transfers of a worker share. Lifetime: outlives them.
struct TransferShared {
    boost::asio::io_context& io;
    CurlLoop& loop;
    const OriginSettings& settings;
    AddressCheck check_address;
    ContentCounters& counters;
    /// Transfers that run: stopped together when the worker stops.
    std::unordered_set<OriginTransfer*> running{};
};

class OriginTransfer final : public SourceStream {
  public:
    OriginTransfer(TransferShared& shared, SlotHold slot);
    ~OriginTransfer() override;

    /// `addresses`: checked; no other is connected to. Errors: environment "origin_unreachable".
    base::Result<void> start(const SourceRequest& request, exit::Addresses addresses);
    /// Until the head is complete or the transfer has failed.
    boost::asio::awaitable<base::Result<void>> wait_for_head();
    /// Ends it with this error, from anywhere but libcurl's callbacks.
    void abort(base::Error error);

    const ResponseHead& head() const override { return reader_.head(); }
    void deliver_to(BodySink& sink) override;
    void resume() override;

  private:
    // libcurl's callbacks.
    static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
    static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
    static int on_connected(void* self, char* peer, char* local, int peer_port, int local_port);

    bool set_options(const SourceRequest& request);
    bool set_fields(const SourceRequest& request);
    bool pin_addresses(const base::Url& url);
    bool header_line(std::string_view line);
    std::size_t body_bytes(base::ByteView bytes);
    curl_socket_t open_socket(curl_sockaddr& address);
    bool may_talk_to(std::string_view peer, int port);
    bool allowed(const base::IpAddress& address, std::uint16_t port);

    void watch();
    void watch_until(std::chrono::steady_clock::time_point until);
    void on_deadline();
    std::chrono::steady_clock::time_point deadline() const;
    void finish(CURLcode code);
    void finish(base::Result<void> outcome);
    base::Error error_of(CURLcode code) const;

    TransferShared& shared_;
    SlotHold slot_;
    EasyHandle easy_;
    TextList fields_, pins_;
    std::string url_;
    exit::Addresses addresses_;
    HeadReader reader_;
    Reply<base::Result<void>> head_came_;
    bool head_told_ = false;
    BodySink* sink_ = nullptr;
    bool paused_ = false;
    bool overdue_ = false;  // the deadline has passed once
    std::uint64_t received_ = 0;
    std::optional<base::Error> refused_;         // why we ended it ourselves
    std::optional<base::Result<void>> outcome_;  // set at the end
    std::chrono::steady_clock::time_point started_, last_byte_;
    std::shared_ptr<boost::asio::steady_timer>
        timer_;  // shared: a handler that runs late can tell that it is gone
};

}  // namespace ferry::relay::content
