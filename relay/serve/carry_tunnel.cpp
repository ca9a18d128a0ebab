#include <utility>

#include "relay/serve/carry_tunnel.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>

#include "relay/serve/co_try.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Result;
using boost::system::error_code;

namespace {

/// Of one tunnel in the session's queue: the writer takes turns between streams, and what is queued here is memory.
constexpr std::size_t kMaxQueued = 256 * 1024;
/// What a client may have under way towards origins, over all tunnels of a session.
constexpr std::uint64_t kUpMemory = 4 * 1024 * 1024;
constexpr std::uint64_t kMaxUpWindow = 1024 * 1024;
/// Credit that a quiet tunnel holds is given back after this.
constexpr base::Duration kQuiet{1'000};
/// The same while others find none, as when a browser opens forty connections: what they wait is what a person sees.
constexpr base::Duration kQuietWhenShort{10};
/// Others on this worker have their turn after so many pieces.
constexpr int kPiecesPerTurn = 8;

enum class Moved { nothing, some, needs_credit };

class Carrier {
 public:
  Carrier(Sale& sale, TunnelStream& stream, TunnelMeter& meter, tcp::socket& origin)
      : sale_(sale), stream_(stream), meter_(meter), origin_(origin), started_(Node::now()), moved_at_(started_) {}
  ~Carrier() { waits_->stream = nullptr; }
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  asio::awaitable<Result<void>> run() {
    for (int pieces = 0;;) {
      if (is_gone(sale_.connection, stream_)) co_return base::fail(cancelled());
      if (const auto& failure = sale_.outbox->failure()) co_return base::fail(*failure);
      if (stream_.reset && !up_shut_) reset_origin();
      if (stream_.broken) co_return base::fail(*stream_.broken);
      if (stream_.reset || broken_) co_return Result<void>{};
      const Moved up = move_up();
      const Moved down = move_down();
      if (up_shut_ && down_ended_) co_return Result<void>{};
      if (up == Moved::needs_credit || down == Moved::needs_credit) {
        FERRY_CO_CHECK(co_await meter_.admit(session().window(stream_.id) + stream_.up.size()));
      } else if (up == Moved::nothing && down == Moved::nothing) {
        pieces = 0;
        FERRY_CO_CHECK(co_await wait());
      } else if (moved_at_ = Node::now(); ++pieces == kPiecesPerTurn) {
        pieces = 0;
        co_await asio::post(sale_.connection.worker().io(), asio::use_awaitable);
      }
    }
  }

 private:
  /// Outlives this in the socket's handlers.
  struct Waits {
    Stream* stream;
    bool reading = false;
    bool writing = false;
  };

  wire::RelaySession& session() { return sale_.connection.session(); }

  Moved move_up() {
    if (stream_.up.empty()) {
      if (stream_.up_ended && !std::exchange(up_shut_, true)) {
        error_code ignored;
        origin_.shutdown(tcp::socket::shutdown_send, ignored);
      }
      return Moved::nothing;
    }
    if (meter_.room() == 0) return Moved::needs_credit;
    const auto bytes = stream_.up.view().first(std::min<std::size_t>(stream_.up.size(), meter_.room()));
    error_code error;
    const std::size_t count = origin_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    if (error == asio::error::would_block) {
      wants_write_ = true;
      return Moved::nothing;
    }
    if (error) {
      break_off();
      return Moved::some;
    }
    meter_.carried(0, count);
    stream_.up.consume(count);
    sale_.connection.up_released(count);
    if (stream_.up.empty()) stream_.up.release();
    open_up_window(count);
    return Moved::some;
  }

  /// The client may send as much again, and more when it makes use of it and few others do.
  void open_up_window(std::uint64_t count) {
    const std::uint64_t share = std::clamp(kUpMemory / std::max<std::uint64_t>(session().open_streams(), 1), wire::kInitialUpWindow, kMaxUpWindow);
    up_taken_ += count;
    up_total_ += count;
    const std::uint64_t target = std::min(share, std::max(wire::kInitialUpWindow, 2 * up_total_));
    if (target > up_window_) up_taken_ += target - std::exchange(up_window_, target);
    if (up_taken_ < up_window_ / 4 || stream_.up_ended) return;
    session().send(wire::Window{stream_.id, std::exchange(up_taken_, 0)});
    sale_.connection.kick();
  }

  Moved move_down() {
    if (down_ended_) return Moved::nothing;
    const std::uint64_t window = session().window(stream_.id);
    const bool has_room = window > 0 && session().queued_bytes(stream_.id) < kMaxQueued && session().queued_bytes() < wire::kMaxQueuedBytes;
    wants_read_ = has_room;
    stream_.waits_for_queue = window > 0 && !has_room;
    if (!has_room) return Moved::nothing;
    if (meter_.room() == 0) return look_ahead();
    auto piece = sale_.connection.worker().pieces().take();
    const auto room = static_cast<std::size_t>(std::min({std::uint64_t{PiecePool::kPieceBytes}, window, meter_.room()}));
    error_code error;
    const std::size_t count = origin_.read_some(asio::buffer(piece.get(), room), error);
    if (error == asio::error::would_block) return Moved::nothing;
    if (error == asio::error::eof) return end_down();
    if (error) {
      break_off();
      return Moved::some;
    }
    send(to_keep(std::move(piece), count), count);
    meter_.carried(count, 0);
    return Moved::some;
  }

  /// Credit is asked for only when there is something to carry.
  Moved look_ahead() {
    std::uint8_t byte = 0;
    const auto count = ::recv(origin_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count > 0) return Moved::needs_credit;
    if (count == 0) return end_down();
    if (errno == EAGAIN || errno == EINTR) return Moved::nothing;
    break_off();
    return Moved::some;
  }

  void send(std::shared_ptr<const std::uint8_t> bytes, std::size_t count) {
    const base::ByteView view{bytes.get(), count};
    session().send(wire::TunnelData{stream_.id, wire::Payload{std::move(bytes), view}});
    sale_.connection.kick();
  }

  Moved end_down() {
    down_ended_ = true;
    session().send(wire::TunnelEnd{stream_.id, false});
    sale_.connection.kick();
    return Moved::some;
  }

  void break_off() {
    broken_ = true;
    session().send(wire::TunnelEnd{stream_.id, true});
    sale_.connection.kick();
  }

  /// The app broke off: what the origin has of it must not look whole.
  void reset_origin() {
    error_code ignored;
    origin_.set_option(tcp::socket::linger(true, 0), ignored);
    origin_.close(ignored);  // the destructor would turn linger off again
  }

  asio::awaitable<Result<void>> wait() {
    watch_socket();
    const auto& limits = sale_.connection.node().settings.limits;
    const auto now = Node::now();
    const auto quiet = now - moved_at_;
    if (now - started_ >= limits.tunnel_total) {
      co_return base::fail(base::environment("tunnel_expired", "the tunnel was open for as long as this relay lets one be; open a new one"));
    }
    if (quiet >= limits.tunnel_idle) {
      co_return base::fail(base::environment("tunnel_idle", "nothing went through the tunnel for a long time; open a new one"));
    }
    const base::Duration allowed = now - sale_.connection.credit_was_short_at() < kQuiet ? kQuietWhenShort : kQuiet;
    if (meter_.holds() && quiet >= allowed) meter_.settle();
    stream_.waits_with_credit = meter_.holds();
    const base::Duration patience = meter_.holds() ? allowed : base::Duration(limits.tunnel_idle);
    co_await stream_.changed.wait(std::max(patience - quiet, base::Duration{1}));
    stream_.waits_with_credit = false;
    co_return Result<void>{};
  }

  void watch_socket() {
    if (wants_read_ && !std::exchange(waits_->reading, true)) {
      origin_.async_wait(tcp::socket::wait_read, [waits = waits_](const error_code& /*error*/) {
        waits->reading = false;
        if (waits->stream != nullptr) waits->stream->changed.notify();
      });
    }
    if (std::exchange(wants_write_, false) && !std::exchange(waits_->writing, true)) {
      origin_.async_wait(tcp::socket::wait_write, [waits = waits_](const error_code& /*error*/) {
        waits->writing = false;
        if (waits->stream != nullptr) waits->stream->changed.notify();
      });
    }
  }

  Sale& sale_;
  TunnelStream& stream_;
  TunnelMeter& meter_;
  tcp::socket& origin_;
  const base::Time started_;
  base::Time moved_at_;
  std::shared_ptr<Waits> waits_ = std::make_shared<Waits>(Waits{&stream_});
  bool up_shut_ = false;     ///< the origin was told that nothing more comes
  bool down_ended_ = false;  ///< the client was told
  bool broken_ = false;
  bool wants_read_ = false;
  bool wants_write_ = false;
  std::uint64_t up_window_ = wire::kInitialUpWindow;
  std::uint64_t up_taken_ = 0;  ///< of it, taken by the origin and not opened again
  std::uint64_t up_total_ = 0;
};

}  // namespace

asio::awaitable<Result<void>> carry_tunnel(Sale& sale, TunnelStream& stream, TunnelMeter& meter, tcp::socket& origin) {
  Carrier carrier(sale, stream, meter, origin);
  co_return co_await carrier.run();
}

}  // namespace ferry::relay
