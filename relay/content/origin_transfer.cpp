#include "relay/content/origin_transfer.hpp"

#include "relay/exit/socket_address.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace ferry::relay::content {

namespace asio = boost::asio;
using base::fail;
using base::Result;
using Clock = std::chrono::steady_clock;

OriginTransfer::OriginTransfer(TransferShared& shared, SlotHold slot)
    : shared_(shared),
      slot_(std::move(slot)),
      easy_(curl_easy_init()),
      reader_(shared.settings.limits.header_bytes, shared.settings.limits.header_count),
      head_came_(shared.io),
      timer_(std::make_shared<asio::steady_timer>(shared.io)) {
    shared_.running.insert(this);
}

OriginTransfer::~OriginTransfer() {
    shared_.running.erase(this);
    if (!outcome_ && easy_ != nullptr) shared_.loop.remove(easy_.get());
}

Result<void> OriginTransfer::start(const SourceRequest& request, exit::Addresses addresses) {
    addresses_ = std::move(addresses);
    url_ = request.url.to_string();
    reader_.head().asked_at = shared_.settings.now();
    started_ = last_byte_ = Clock::now();
    const bool ready = easy_ != nullptr && set_options(request);
    if (!ready || !shared_.loop.add(easy_.get(), [this](CURLcode code) { finish(code); })) {
        outcome_ = fail(
            base::environment("origin_unreachable", "the relay cannot start a transfer; try again later"));
        return *outcome_;
    }
    ContentCounters::add(shared_.counters.origin_requests);
    watch();
    return {};
}

asio::awaitable<Result<void>> OriginTransfer::wait_for_head() {
    // The transfer has its own deadlines; this one is only the last resort.
    const auto& limits = shared_.settings.limits;
    const auto longest = 2 * (limits.connect_timeout + limits.first_byte_timeout) + std::chrono::seconds(1);
    auto came = co_await head_came_.get(longest);
    if (came) co_return std::move(*came);
    co_return fail(base::environment("origin_timeout", "the origin did not answer in time; try again later"));
}

void OriginTransfer::abort(base::Error error) {
    if (outcome_) return;
    shared_.loop.remove(easy_.get());
    finish(fail(std::move(error)));
}

void OriginTransfer::deliver_to(BodySink& sink) {
    sink_ = &sink;
    if (outcome_) {
        slot_.pause();
        sink.end(*outcome_);
    } else {
        resume();
    }
}

void OriginTransfer::resume() {
    if (!paused_ || outcome_) return;
    paused_ = false;
    last_byte_ = Clock::now();
    slot_.go_on();
    watch();
    curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
}

std::size_t OriginTransfer::on_header(char* line, std::size_t size, std::size_t count, void* self) {
    return static_cast<OriginTransfer*>(self)->header_line({line, size * count}) ? size * count : 0;
}

bool OriginTransfer::header_line(std::string_view line) {
    last_byte_ = Clock::now();
    if (reader_.complete()) return true;  // trailers
    if (auto read = reader_.line(line); !read) {
        refused_ = std::move(read).error();
        return false;
    }
    if (reader_.complete()) {
        reader_.head().answered_at = shared_.settings.now();
        head_told_ = true;
        head_came_.deliver(Result<void>{});
    }
    return true;
}

std::size_t OriginTransfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
    return static_cast<OriginTransfer*>(self)->body_bytes(base::bytes_of({bytes, size * count}));
}

std::size_t OriginTransfer::body_bytes(base::ByteView bytes) {
    last_byte_ = Clock::now();
    const auto taken = sink_ != nullptr ? sink_->take(bytes) : Taken::none;
    if (taken == Taken::none) {
        paused_ = true;
        // Until somebody listens it is not the reader that is slow.
        if (sink_ != nullptr) slot_.pause();
        return CURL_WRITEFUNC_PAUSE;
    }
    if (taken == Taken::stop) return 0;
    received_ += bytes.size();
    ContentCounters::add(shared_.counters.origin_bytes, bytes.size());
    if (received_ <= shared_.settings.limits.body_bytes) return bytes.size();
    refused_ = base::refusal("origin_body_limit", "the body is larger than this relay carries");
    return 0;
}

curl_socket_t OriginTransfer::on_open_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
    return static_cast<OriginTransfer*>(self)->open_socket(*address);
}

curl_socket_t OriginTransfer::open_socket(curl_sockaddr& address) {
    const auto peer = exit::socket_address_from(&address.addr, address.addrlen);
    const bool pinned =
        peer && std::find(addresses_.begin(), addresses_.end(), peer->address) != addresses_.end();
    if (!pinned) {
        refused_ =
            base::refusal("exit_unchecked_address", "the origin's address is not the one that was checked");
        ContentCounters::add(shared_.counters.exit_rechecks_refused);
        return CURL_SOCKET_BAD;
    }
    if (!allowed(peer->address, peer->port)) return CURL_SOCKET_BAD;
    return ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
}

int OriginTransfer::on_connected(void* self, char* peer, char* /*local*/, int peer_port, int /*local_port*/) {
    const bool may = static_cast<OriginTransfer*>(self)->may_talk_to(peer == nullptr ? "" : peer, peer_port);
    return may ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

bool OriginTransfer::may_talk_to(std::string_view peer, int port) {
    const auto address = base::IpAddress::parse(peer);
    if (!address || port <= 0 || port > UINT16_MAX) {
        refused_ = base::refusal("exit_unchecked_address", "the peer of a connection cannot be told");
        return false;
    }
    return allowed(*address, static_cast<std::uint16_t>(port));
}

bool OriginTransfer::allowed(const base::IpAddress& address, std::uint16_t port) {
    auto verdict = shared_.check_address(address, port);
    if (verdict) return true;
    refused_ = std::move(verdict).error();
    ContentCounters::add(shared_.counters.exit_rechecks_refused);
    return false;
}

Clock::time_point OriginTransfer::deadline() const {
    const auto& limits = shared_.settings.limits;
    // libcurl's own limit holds for the connection; the answer's time counts on top of it.
    if (!reader_.complete()) return started_ + limits.connect_timeout + limits.first_byte_timeout;
    return last_byte_ + limits.stall_timeout;
}

void OriginTransfer::watch() {
    watch_until(deadline());
}

void OriginTransfer::watch_until(Clock::time_point until) {
    timer_->expires_at(until);
    timer_->async_wait([this, alive = std::weak_ptr(timer_)](boost::system::error_code error) {
        if (!error && alive.lock()) on_deadline();
    });
}

void OriginTransfer::on_deadline() {
    if (outcome_ || paused_) return;
    const auto now = Clock::now();
    if (now < deadline()) {
        overdue_ = false;
        return watch();
    }
    // If it was this process that stood still, what came meanwhile is read first.
    if (!std::exchange(overdue_, true)) return watch_until(now + shared_.settings.limits.stall_timeout / 8);
    abort(base::environment("origin_timeout", reader_.complete()
                                                  ? "the origin stopped sending; try again later"
                                                  : "the origin did not answer in time; try again later"));
}

void OriginTransfer::finish(CURLcode code) {
    if (code == CURLE_OK && !reader_.complete()) code = CURLE_WEIRD_SERVER_REPLY;
    if (code == CURLE_OK) return finish(Result<void>{});
    finish(fail(refused_ ? *refused_ : error_of(code)));
}

void OriginTransfer::finish(Result<void> outcome) {
    if (!outcome) ContentCounters::add(shared_.counters.origin_failures);
    outcome_ = outcome;
    timer_->cancel();
    slot_.pause();
    if (!std::exchange(head_told_, true)) head_came_.deliver(outcome);
    // The last thing: the sink may destroy this object.
    if (sink_ != nullptr) sink_->end(std::move(outcome));
}

base::Error OriginTransfer::error_of(CURLcode code) const {
    const bool in_body = reader_.complete();
    const std::string why = std::string(" (") + curl_easy_strerror(code) + ")";
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
            return base::environment("origin_timeout",
                                     "the origin cannot be reached in time; try again later");
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
            return base::environment("origin_tls", "no trusted TLS connection to the origin" + why);
        case CURLE_OUT_OF_MEMORY:
            // What libcurl says of a header line that it will not hold.
            if (!in_body)
                return base::peer_fault("origin_headers", "the origin sent a header larger than the limit");
            return base::environment("origin_unreachable", "the relay is out of memory");
        case CURLE_PARTIAL_FILE:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM:
            if (!in_body)
                return base::peer_fault("origin_protocol", "the origin's answer cannot be read" + why);
            return base::peer_fault("origin_truncated", "the origin ended the body early; ask again");
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_GOT_NOTHING:
            if (in_body)
                return base::peer_fault("origin_truncated",
                                        "the connection to the origin broke in the body; ask again");
            return base::environment("origin_unreachable",
                                     "the origin closed the connection without an answer" + why);
        case CURLE_COULDNT_CONNECT:
        case CURLE_COULDNT_RESOLVE_HOST:
            return base::environment("origin_unreachable", "no connection to the origin" + why);
        default:
            return base::peer_fault("origin_protocol", "the origin's answer cannot be read" + why);
    }
}

}  // namespace ferry::relay::content
