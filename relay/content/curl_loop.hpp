#pragma once
// CurlLoop: libcurl's multi interface on a worker's io_context: no thread, no blocking call. It moves bytes;
// which request, which limits and which addresses is OriginTransfer's.

#include "relay/content/curl_handle.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

namespace ferry::relay::content {

/// Threads: the one that runs the io_context. Lifetime: destroy it before the io_context.
class CurlLoop {
  public:
    using Done = std::function<void(CURLcode)>;

    explicit CurlLoop(boost::asio::io_context& io);
    ~CurlLoop();
    CurlLoop(const CurlLoop&) = delete;
    CurlLoop& operator=(const CurlLoop&) = delete;

    /// Starts a transfer. `done` is called once at its end, never from within add() or remove(). False:
    /// libcurl refused it.
    bool add(CURL* easy, Done done);
    /// Ends it without a call; its connection is closed if bytes were still to come. Not from within a
    /// callback of libcurl.
    void remove(CURL* easy);

  private:
    struct Socket;

    static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket);
    static int on_timer(CURLM* multi, long timeout_ms, void* self);

    void set_wanted(curl_socket_t fd, int what);
    void set_timer(long timeout_ms);
    void wait_for_read(const std::shared_ptr<Socket>& socket);
    void wait_for_write(const std::shared_ptr<Socket>& socket);
    void act(curl_socket_t fd, int events);
    void finish_transfers();

    boost::asio::io_context& io_;
    /// Shared so that a handler that runs late can tell that this object is gone.
    std::shared_ptr<boost::asio::steady_timer> timer_;
    std::unordered_map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
    std::unordered_map<CURL*, Done> transfers_;
    MultiHandle multi_;
};

}  // namespace ferry::relay::content
