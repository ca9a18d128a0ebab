#include "client/proxy/relay_passage.hpp"

#include <algorithm>
#include <utility>

namespace ferry::client {

using base::Result;

namespace {

/// What the destination, the budget or the wallet said is the same through any relay.
bool is_final(const base::Error& error) {
  if (error.code == "tunnel_no_sockets") return false;  // that is the relay's own want
  return error.code.starts_with("tunnel_") || error.code == "budget_reached" || error.code == "client_closing";
}

}  // namespace

RelayPassage::RelayPassage(ProxyHouse& house, std::string app, Destination to, PassageListener& listener)
    : house_(house), app_(std::move(app)), to_(std::move(to)), listener_(listener), pause_(house.core().loop) {}

RelayPassage::~RelayPassage() {
  *alive_ = false;
  if (const auto* live = house_.find(live_); live != nullptr && open_) {
    house_.core().announcer.log(LogLevel::info, app_ + ": tunnel to " + to_.to_string() + ": " + live->usage.spent.to_btt() + " BTT so far");
  }
  if (tunnel_) tunnel_->drop();
  house_.leave(live_);
}

void RelayPassage::start() {
  started_ns_ = uv_hrtime();
  budget_ = house_.budget_for(app_);
  choice_ = house_.choose_relay();
  // Never told from inside.
  pause_.start(base::Duration{0}, [this] { attempt(); });
  live_ = house_.enter({app_, to_, {}, {}, house_.core().now()});
}

void RelayPassage::attempt() {
  auto* relay = choice_->best({});
  if (relay == nullptr) return close(base::fail(choice_->summary()));
  auto& core = house_.core();
  prepare_channel(core, *relay, question_of(to_), opening_terms(core, house_.settings().max_price, budget_), [this, alive = alive_](const Result<void>& ready) {
    if (!*alive) return;
    ready ? open_tunnel() : go_on_after(ready.error());
  });
}

void RelayPassage::open_tunnel() {
  auto* relay = choice_->best({});
  if (relay->channel().named() == nullptr || relay->session() == nullptr) {
    return go_on_after(base::environment("relay_lost", "the relay left before it was asked"));
  }
  if (auto* live = house_.find(live_)) live->relay = relay->text();
  // Charges may come after this is gone, and even after the proxy.
  const auto on_charged = [weak = house_.weak_from_this(), app = app_, host = to_.host.to_string(), relay = relay->text(), live = live_](
                              base::Amount charged, std::uint64_t down, std::uint64_t up) {
    const auto house = weak.lock();
    if (!house) return;
    const Usage usage{charged, down, up};
    house->note(app, host, relay, usage);
    if (auto* shown = house->find(live)) shown->usage.add(usage);
  };
  TunnelListener& here = *this;
  tunnel_ = std::make_shared<Tunnel>(house_.core(), *relay, TunnelOrder{to_, house_.settings().max_price, budget_, house_.memory(), on_charged}, here);
  tunnel_->start();
  early_passed_ = 0;
  pass_early();
}

std::size_t RelayPassage::room() {
  if (!open_) return static_cast<std::size_t>(wire::kInitialUpWindow) - early_.size();
  return early_passed_ < early_.size() ? 0 : tunnel_->room();
}

void RelayPassage::send(base::ByteView bytes) {
  if (open_) return tunnel_->send(bytes);
  early_.insert(early_.end(), bytes.begin(), bytes.end());
  if (tunnel_) pass_early();
}

void RelayPassage::pass_early() {
  while (early_passed_ < early_.size()) {
    const std::size_t count = std::min(tunnel_->room(), early_.size() - early_passed_);
    if (count == 0) return;
    tunnel_->send(base::ByteView{early_}.subspan(early_passed_, count));
    early_passed_ += count;
  }
  if (open_) base::Bytes().swap(early_);
  if (open_) early_passed_ = 0;
  if (finished_) tunnel_->finish_sending();
}

void RelayPassage::finish_sending() {
  finished_ = true;
  if (tunnel_ && early_passed_ == early_.size()) tunnel_->finish_sending();
}

void RelayPassage::consumed(std::size_t bytes) {
  if (tunnel_) tunnel_->consumed(bytes);
}

void RelayPassage::on_tunnel_opened() {
  open_ = true;
  pass_early();
  listener_.on_passage_open();
}

void RelayPassage::on_tunnel_data(const wire::Payload& payload) { listener_.on_passage_bytes(payload.bytes); }

void RelayPassage::on_tunnel_end() { listener_.on_passage_end(); }

void RelayPassage::on_tunnel_room() {
  if (early_passed_ < early_.size()) pass_early();
  if (open_ && early_.empty()) listener_.on_passage_room();
}

void RelayPassage::on_tunnel_closed(const Result<void>& outcome) {
  tunnel_.reset();
  if (open_ || outcome) return close(outcome);
  go_on_after(outcome.error());
}

void RelayPassage::go_on_after(const base::Error& error) {
  if (is_final(error)) return close(base::fail(error));
  if (auto* relay = choice_->best({})) choice_->failed(*relay, error);
  if (choice_->best({}) != nullptr) return attempt();
  const auto& patience = house_.core().settings.patience;
  const auto since = base::Duration{static_cast<std::int64_t>((uv_hrtime() - started_ns_) / 1'000'000)};
  if (!may_pass(error) || since >= patience.first_contact) return close(base::fail(choice_->summary()));
  choice_->start_over();
  pause_.start(patience.first_pause, [this] { attempt(); });
}

void RelayPassage::close(const Result<void>& outcome) { listener_.on_passage_closed(outcome); }

}  // namespace ferry::client
