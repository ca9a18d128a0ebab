#include "client/proxy/app_connection.hpp"

#include <utility>

#include "client/front/fetched_answer.hpp"
#include "client/front/front_protocol.hpp"
#include "client/front/http_refusal.hpp"
#include "client/front/origin_request.hpp"
#include "client/proxy/carried_connection.hpp"
#include "client/proxy/fetched_exchange.hpp"
#include "client/proxy/own_pages.hpp"

namespace ferry::client {

using base::Result;

namespace {

/// From the first connection, or the first byte of a request, to its end: whoever sends byte by byte has so long.
constexpr base::Duration kRequestPatience{30'000};
/// Between two requests of a connection that is kept alive.
constexpr base::Duration kIdlePatience{120'000};
/// After the last word, for the app to read it: closing at once with unread bytes would make the system throw it away.
constexpr base::Duration kLinger{2'000};
/// For an app to take the rest of what it was sent.
constexpr base::Duration kSendPatience{300'000};

std::string text_of(const base::Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

AppConnection::AppConnection(ProxyHouse& house, Destination listen, std::function<void(AppConnection*)> gone)
    : house_(house),
      listen_(std::move(listen)),
      gone_(std::move(gone)),
      tcp_(house.core().loop, house.scratch(), *this, {"app_unreachable", "app_lost"}),
      timer_(house.core().loop) {}

AppConnection::~AppConnection() = default;

bool AppConnection::accept(uv_stream_t* listening) {
  if (!tcp_.accept(listening)) return false;
  tcp_.resume();
  wait_for_request(kRequestPatience);
  return true;
}

void AppConnection::wait_for_request(base::Duration patience) {
  timer_.start(patience, [this] { close(); });
}

void AppConnection::on_bytes(base::ByteView bytes) {
  if (closed_ || lingering_) return;
  // In bulk nothing waits, and the exchange takes what came from where it lies.
  if (pending_.empty() && exchange_ && !pumping_) {
    pumping_ = true;
    const std::size_t taken = exchange_->on_app_bytes(bytes);
    pumping_ = false;
    bytes = bytes.subspan(taken);
  }
  if (bytes.empty()) return;
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  pump();
}

/// Until nothing waits or nobody takes more. What waits is at most what one read brought, and a little: reading stops meanwhile.
void AppConnection::pump() {
  if (std::exchange(pumping_, true)) return;
  while (!pending_.empty() && !closed_ && !lingering_) {
    const std::size_t taken = take(base::ByteView{pending_});
    if (taken == 0) break;
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(taken));
  }
  pumping_ = false;
  if (closed_ || lingering_) return;
  if (!pending_.empty() && !std::exchange(paused_, true)) tcp_.pause();
  if (pending_.empty() && std::exchange(paused_, false)) tcp_.resume();
  if (app_ended_ && pending_.empty() && !std::exchange(told_end_, true)) {
    if (exchange_ == nullptr) return close_when_sent();
    if (!exchange_->on_app_ended()) close();
  }
}

std::size_t AppConnection::take(base::ByteView bytes) {
  if (exchange_) return exchange_->on_app_bytes(bytes);
  if (std::holds_alternative<Unknown>(front_)) {
    const auto protocol = front_protocol(bytes.front());
    if (!protocol) {
      house_.core().announcer.log(LogLevel::info, "an app was turned away", protocol.error());
      close();
      return bytes.size();
    }
    if (*protocol == FrontProtocol::http) {
      front_.emplace<HttpHeadReader>();
    } else {
      front_.emplace<SocksHandshake>(house_.settings().password);
    }
  }
  if (auto* handshake = std::get_if<SocksHandshake>(&front_)) return take_socks(*handshake, bytes);
  return take_http(std::get<HttpHeadReader>(front_), bytes);
}

std::size_t AppConnection::take_socks(SocksHandshake& handshake, base::ByteView bytes) {
  const auto step = handshake.feed(bytes);
  tcp_.write(base::ByteView{step.reply});
  if (step.refused) {
    close_when_sent();
    return bytes.size();
  }
  if (step.request) begin(*step.request);
  return step.consumed;
}

std::size_t AppConnection::take_http(HttpHeadReader& reader, base::ByteView bytes) {
  if (reader.is_idle()) wait_for_request(kRequestPatience);
  const auto taken = reader.feed(bytes);
  if (!taken) {
    refuse(nullptr, taken.error());
    return bytes.size();
  }
  if (reader.is_complete()) begin(reader.take());
  return *taken;
}

/// Its own, or that of the port it came to.
std::string AppConnection::app_of(const std::string& name) const { return name.empty() ? "port " + std::to_string(listen_.port) : name; }

void AppConnection::begin(const SocksRequest& request) {
  const auto direct = house_.goes_direct(request.destination);
  const auto refused = [version = request.version](const base::Error& error) { return text_of(socks_refused(version, error)); };
  if (!direct) {
    tcp_.write(base::bytes_of(refused(direct.error())));
    return close_when_sent();
  }
  CarriedOrder order{app_of(request.user), request.destination, *direct, text_of(socks_granted(request.version)), refused, {}, {}};
  begin(std::make_unique<CarriedConnection>(house_, side(), std::move(order)));
}

void AppConnection::begin(HttpRequestHead head) {
  if (is_for_own_pages(head)) {
    const auto page = own_page(house_, head, listen_);
    tcp_.write(base::bytes_of(page.response));
    return page.keeps_alive ? wait_for_request(kIdlePatience) : close_when_sent();
  }
  const auto app = authorized_app(head, house_.settings().password);
  if (!app) return refuse(&head, app.error());
  const auto& to = *head.target.destination;
  const auto direct = house_.goes_direct(to);
  if (!direct) return refuse(&head, direct.error());
  if (head.target.form == TargetForm::absolute && !*direct && can_be_fetched(head)) {
    return begin(std::make_unique<FetchedExchange>(house_, side(), app_of(*app), std::move(head)));
  }
  carry(head, app_of(*app), *direct);
}

void AppConnection::carry(const HttpRequestHead& head, const std::string& app, bool direct) {
  const bool is_head = head.method == "HEAD";
  CarriedOrder order{app, *head.target.destination, direct, {}, [is_head](const base::Error& error) { return http_refusal(error, is_head); }, {}, {}};
  if (head.target.form == TargetForm::authority) {
    order.granted = connect_established();
  } else if (head.asks_upgrade()) {
    order.head = origin_request_head(head);  // afterwards the connection is whatever both sides make of it
  } else {
    order.head = origin_request_head(head);
    order.body.emplace(head);
  }
  begin(std::make_unique<CarriedConnection>(house_, side(), std::move(order)));
}

void AppConnection::begin(std::unique_ptr<AppExchange> exchange) {
  timer_.stop();
  exchange_ = std::move(exchange);
  exchange_->start();
}

void AppConnection::refuse(const HttpRequestHead* head, const base::Error& error) {
  tcp_.write(base::bytes_of(http_refusal(error, head != nullptr && head->method == "HEAD")));
  close_when_sent();
}

void AppConnection::on_drained() {
  if (exchange_) exchange_->on_app_drained();
  if (lingering_) linger();
}

void AppConnection::wants_more() {
  if (!pending_.empty()) pump();
}

/// It is on the call stack: it goes a turn of the loop later.
void AppConnection::end_exchange() {
  if (exchange_) house_.core().loop.post([last = std::shared_ptr<AppExchange>(std::move(exchange_))] {});
}

void AppConnection::carry_instead(const HttpRequestHead& head) {
  end_exchange();
  if (closed_) return;
  const auto app = authorized_app(head, house_.settings().password);
  app ? carry(head, app_of(*app), false) : refuse(&head, app.error());
}

void AppConnection::exchange_done() {
  end_exchange();
  if (closed_) return;
  if (app_ended_ && pending_.empty()) return close_when_sent();
  wait_for_request(kIdlePatience);
  pump();
}

bool AppConnection::on_peer_ended() {
  app_ended_ = true;
  if (!lingering_) {
    pump();
  } else if (!tcp_.is_writing()) {
    close();
  }
  return true;
}

void AppConnection::on_closed(base::Error /*error*/) { close(); }

void AppConnection::close_when_sent() {
  if (closed_ || std::exchange(lingering_, true)) return;
  end_exchange();
  tcp_.finish_writing();
  if (std::exchange(paused_, false)) tcp_.resume();
  if (!tcp_.is_writing()) return linger();
  timer_.start(kSendPatience, [this] { close(); });
}

void AppConnection::linger() {
  if (app_ended_) return close();
  timer_.start(kLinger, [this] { close(); });
}

void AppConnection::close_now() {
  if (!closed_) tcp_.reset();
  close();
}

void AppConnection::close() {
  if (std::exchange(closed_, true)) return;
  timer_.stop();
  end_exchange();
  gone_(this);
}

}  // namespace ferry::client
