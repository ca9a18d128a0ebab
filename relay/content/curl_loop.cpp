#include "relay/content/curl_loop.hpp"

#include <vector>

namespace ferry::relay::content {

namespace asio = boost::asio;
using boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;

namespace {

/// Idle connections to origins, over all hosts.
constexpr long kIdleConnections = 64;

}  // namespace

/// A socket of libcurl, which alone may close it.
struct CurlLoop::Socket {
    Socket(asio::io_context& io, curl_socket_t socket) : fd(socket), descriptor(io) {
        error_code failed;  // then nothing is reported for it and its transfer times out
        descriptor.assign(fd, failed);
    }
    ~Socket() { release(); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    void release() {
        if (descriptor.is_open()) descriptor.release();
    }

    curl_socket_t fd;
    Descriptor descriptor;
    bool wants_read = false, wants_write = false;
    bool waits_for_read = false, waits_for_write = false;
};

CurlLoop::CurlLoop(asio::io_context& io) : io_(io), timer_(std::make_shared<asio::steady_timer>(io)) {
    if (!start_curl()) return;
    multi_.reset(curl_multi_init());
    auto* multi = multi_.get();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kIdleConnections);
    // A connection carries one transfer at a time, HTTP/2 as well: a paused one would hold back the others on
    // it.
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

CurlLoop::~CurlLoop() {
    for (auto& [easy, done] : transfers_)
        curl_multi_remove_handle(multi_.get(), easy);
    transfers_.clear();
    // Closes the idle connections and so takes back every socket, while this object can still be called.
    multi_.reset();
}

bool CurlLoop::add(CURL* easy, Done done) {
    if (multi_ == nullptr || curl_multi_add_handle(multi_.get(), easy) != CURLM_OK) return false;
    transfers_.emplace(easy, std::move(done));
    return true;
}

void CurlLoop::remove(CURL* easy) {
    if (transfers_.erase(easy) > 0) curl_multi_remove_handle(multi_.get(), easy);
}

int CurlLoop::on_socket(CURL* /*easy*/, curl_socket_t fd, int what, void* self, void* /*socket*/) {
    static_cast<CurlLoop*>(self)->set_wanted(fd, what);
    return 0;
}

int CurlLoop::on_timer(CURLM* /*multi*/, long timeout_ms, void* self) {
    static_cast<CurlLoop*>(self)->set_timer(timeout_ms);
    return 0;
}

void CurlLoop::set_timer(long timeout_ms) {
    if (timeout_ms < 0) {
        timer_->cancel();
        return;
    }
    timer_->expires_after(std::chrono::milliseconds(timeout_ms));
    timer_->async_wait([this, alive = std::weak_ptr(timer_)](error_code error) {
        if (!error && alive.lock()) act(CURL_SOCKET_TIMEOUT, 0);
    });
}

void CurlLoop::set_wanted(curl_socket_t fd, int what) {
    const auto found = sockets_.find(fd);
    if (what == CURL_POLL_REMOVE) {
        if (found == sockets_.end()) return;
        // Given back now and not when the last handler lets go of it: by then the number may be another
        // socket's.
        found->second->wants_read = found->second->wants_write = false;
        found->second->release();
        sockets_.erase(found);
        return;
    }
    const auto socket = found != sockets_.end()
                            ? found->second
                            : sockets_.emplace(fd, std::make_shared<Socket>(io_, fd)).first->second;
    socket->wants_read = (what & CURL_POLL_IN) != 0;
    socket->wants_write = (what & CURL_POLL_OUT) != 0;
    wait_for_read(socket);
    wait_for_write(socket);
}

// A handler holds its socket weakly: once libcurl has closed it, or this object is gone, nothing is touched.

void CurlLoop::wait_for_read(const std::shared_ptr<Socket>& socket) {
    if (!socket->wants_read || socket->waits_for_read) return;
    socket->waits_for_read = true;
    socket->descriptor.async_wait(Descriptor::wait_read,
                                  [this, weak = std::weak_ptr(socket)](error_code error) {
                                      const auto ready = weak.lock();
                                      if (!ready) return;
                                      ready->waits_for_read = false;
                                      if (error || !ready->wants_read) return;
                                      act(ready->fd, CURL_CSELECT_IN);
                                      wait_for_read(ready);
                                  });
}

void CurlLoop::wait_for_write(const std::shared_ptr<Socket>& socket) {
    if (!socket->wants_write || socket->waits_for_write) return;
    socket->waits_for_write = true;
    socket->descriptor.async_wait(Descriptor::wait_write,
                                  [this, weak = std::weak_ptr(socket)](error_code error) {
                                      const auto ready = weak.lock();
                                      if (!ready) return;
                                      ready->waits_for_write = false;
                                      if (error || !ready->wants_write) return;
                                      act(ready->fd, CURL_CSELECT_OUT);
                                      wait_for_write(ready);
                                  });
}

void CurlLoop::act(curl_socket_t fd, int events) {
    int running = 0;
    curl_multi_socket_action(multi_.get(), fd, events, &running);
    finish_transfers();
}

void CurlLoop::finish_transfers() {
    const std::weak_ptr alive(timer_);
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        auto* easy = message->easy_handle;
        const auto outcome = message->data.result;
        curl_multi_remove_handle(multi_.get(), easy);
        auto transfer = transfers_.extract(easy);
        if (transfer.empty()) continue;
        transfer.mapped()(outcome);
        if (alive.expired()) return;
    }
}

}  // namespace ferry::relay::content
