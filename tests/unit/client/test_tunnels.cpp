// How a TestRelay carries one tunnel, and how it cheats.

#include <algorithm>
#include <utility>

#include "pricing/tunnel_price.hpp"
#include "protocol/content/geometry.hpp"
#include "tests/unit/client/test_connection.hpp"

namespace ferry::client::testing {

using base::Amount;

namespace {

constexpr std::uint64_t kStep = 64 * 1024;

bool keeps(const pricing::Quote& quote, const std::optional<wire::TunnelLimit>& limit) {
  return limit && quote.tunnel_down_per_mib <= limit->down_per_mib && quote.tunnel_up_per_mib <= limit->up_per_mib && quote.per_request <= limit->per_request;
}

base::Host host_of(const std::string& text) { return base::Host::parse(text).value(); }

}  // namespace

Site echo() {
  return [](base::ByteView came, bool ended) { return SiteStep{{came.begin(), came.end()}, ended}; };
}

Site sends(base::Bytes bytes) {
  return [bytes = std::move(bytes)](base::ByteView came, bool ended) mutable { return SiteStep{came.empty() && !ended ? std::exchange(bytes, {}) : base::Bytes{}, ended}; };
}

void TestConnection::open_tunnel(const wire::OpenTunnel& message) {
  const auto to = message.host + ":" + std::to_string(message.port);
  const bool is_question = message.channel == base::ChannelId{};  // nothing can be charged
  auto& seen = (is_question ? state_.tunnel_questions : state_.tunnels).emplace_back();
  seen.to = to;
  seen.window = message.window;
  seen.unseen = message.accept_up_to.has_value();
  const auto refuse = [&](base::Error error) { session_->send(wire::Refused{message.stream, std::move(error), 0}); };
  if (state_.cheats.refuse_tunnels) return refuse(*state_.cheats.refuse_tunnels);
  state_.book.confirm(message.channel, message.confirmed);
  TestTunnel tunnel;
  tunnel.asked = message;
  tunnel.seen = &seen;
  if (const auto site = state_.sites.find(to); site != state_.sites.end()) tunnel.site = site->second;
  if (!state_.cheats.quotes_after_reset) quote_tunnel(tunnel);
  tunnels_[message.stream] = std::move(tunnel);
}

void TestConnection::quote_tunnel(TestTunnel& tunnel) {
  const auto* channel = state_.book.find(tunnel.asked.channel);
  pricing::QuoteSubject subject;
  subject.relay = state_.identity.address();
  subject.payer = channel != nullptr ? channel->config.payer : session_->client_key();
  subject.request = content::tunnel_hash(host_of(state_.cheats.quote_for_another ? "other.test" : tunnel.asked.host), tunnel.asked.port);
  subject.chunk_bytes = content::kChunkBytes;
  std::optional<pricing::SignedQuote> answer_only;
  auto& standing = channel != nullptr ? state_.standing_offer : answer_only;
  const bool again = standing && (state_.cheats.offers_again || state_.cheats.forges_again);
  if (!again) {
    const auto quote = pricing::make_quote(state_.tariff, subject, state_.now(), base::Salt::random());
    standing = pricing::SignedQuote{quote, pricing::pack(quote), state_.identity.sign(pricing::quote_digest(state_.domain_separator, quote))};
  }
  tunnel.quote = standing->quote;
  tunnel.quoted = true;
  auto signature = standing->signature;
  if (again && state_.cheats.forges_again) signature.data[5] ^= 1;
  session_->send(wire::QuoteMessage{tunnel.asked.stream, standing->packed, signature});
  tunnel.accepted = state_.cheats.opens_without_yes || keeps(tunnel.quote, tunnel.asked.accept_up_to);
}

void TestConnection::take_tunnel_data(base::StreamId stream, base::ByteView bytes) {
  const auto found = tunnels_.find(stream);
  if (found == tunnels_.end()) return;
  auto& tunnel = found->second;
  if (!tunnel.seen->opened) tunnel.seen->early += bytes.size();
  tunnel.up.insert(tunnel.up.end(), bytes.begin(), bytes.end());
  tunnel.seen->up.insert(tunnel.seen->up.end(), bytes.begin(), bytes.end());
}

/// Asks for credit. False while a voucher is waited for, or the tunnel has ended.
bool TestConnection::open_step(TestTunnel& tunnel, std::uint64_t wanted) {
  if (tunnel.step) return true;
  const Amount per_mib = pricing::tunnel_per_mib(tunnel.quote);
  const Amount fee = tunnel.seen->meters == 0 ? tunnel.quote.per_request : Amount::zero();
  tunnel.step_bytes = std::clamp<std::uint64_t>(wanted, 1, kStep);
  const auto price = pricing::price_of(per_mib, tunnel.step_bytes).plus_saturated(fee);
  const channels::DeliveryKey key{tunnel.quote.request, channels::DeliveryKey::kTunnel + tunnel.seen->meters};
  auto verdict = state_.book.reserve(tunnel.asked.channel, key, price, pricing::price_of(per_mib, content::kChunkBytes), state_.now());
  if (!verdict) {
    end_tunnel(tunnel, verdict.error());
    return false;
  }
  if (auto* reservation = std::get_if<channels::Reservation>(&*verdict)) {
    tunnel.step = *reservation;
    return true;
  }
  const auto& need = std::get<channels::NeedVoucher>(*verdict);
  if (std::exchange(tunnel.told, need.required) != need.required) {
    session_->send(wire::NeedVoucher{tunnel.asked.channel, tunnel.asked.stream, need.required, need.ceiling, need.charged, need.balance});
  }
  return false;
}

void TestConnection::settle_step(TestTunnel& tunnel) {
  if (!tunnel.step) return;
  const std::uint64_t down = tunnel.down_bytes - std::exchange(tunnel.charged_down, tunnel.down_bytes);
  const std::uint64_t up = tunnel.up_bytes - std::exchange(tunnel.charged_up, tunnel.up_bytes);
  const auto step = *std::exchange(tunnel.step, std::nullopt);
  const auto number = tunnel.seen->meters;
  if (down + up == 0 && number > 0) return state_.book.release(step);
  const Amount fee = number == 0 ? tunnel.quote.per_request : Amount::zero();
  const auto price = pricing::tunnel_charge(tunnel.quote, down, up).plus_saturated(fee);
  const auto record = state_.book.charge(step, price, state_.now());
  ++tunnel.seen->meters;
  const auto& cheats = state_.cheats;
  const auto extra = Amount::from_units(cheats.overcharge_meter == number ? 1 : 0);
  session_->send(wire::TunnelMeter{tunnel.asked.stream, tunnel.down_bytes + cheats.meters_more_down, tunnel.up_bytes + cheats.meters_more_up,
                                   price.plus_saturated(extra), std::get<channels::ChargeRecord>(*record).charged_after});
}

void TestConnection::ask_site(TestTunnel& tunnel, base::ByteView came, bool ended) {
  if (tunnel.site_ended) return;
  const auto step = tunnel.site(came, ended);
  tunnel.down.insert(tunnel.down.end(), step.send.begin(), step.send.end());
  tunnel.site_ended = step.end;
  if (!step.reset) return;
  session_->send(wire::TunnelEnd{tunnel.asked.stream, true});
  end_tunnel(tunnel, std::nullopt);
}

bool TestConnection::carry_up(TestTunnel& tunnel) {
  if (tunnel.up.empty() || !open_step(tunnel, tunnel.up.size())) return false;
  const auto count = std::min<std::uint64_t>(tunnel.up.size(), tunnel.step_bytes - (tunnel.down_bytes + tunnel.up_bytes - tunnel.charged_down - tunnel.charged_up));
  const base::Bytes piece(tunnel.up.begin(), tunnel.up.begin() + static_cast<std::ptrdiff_t>(count));
  tunnel.up.erase(tunnel.up.begin(), tunnel.up.begin() + static_cast<std::ptrdiff_t>(count));
  tunnel.up_bytes += count;
  session_->send(wire::Window{tunnel.asked.stream, count});
  ask_site(tunnel, base::ByteView{piece}, false);
  return true;
}

bool TestConnection::carry_down(TestTunnel& tunnel) {
  const std::uint64_t window = session_->window(tunnel.asked.stream);
  if (tunnel.down.empty() || window == 0 || !open_step(tunnel, std::min<std::uint64_t>(window, tunnel.down.size()))) return false;
  const std::uint64_t room = tunnel.step_bytes - (tunnel.down_bytes + tunnel.up_bytes - tunnel.charged_down - tunnel.charged_up);
  const auto count = static_cast<std::ptrdiff_t>(std::min({room, window, static_cast<std::uint64_t>(tunnel.down.size())}));
  auto piece = std::make_shared<base::Bytes>(tunnel.down.begin(), tunnel.down.begin() + count);
  tunnel.down.erase(tunnel.down.begin(), tunnel.down.begin() + count);
  tunnel.down_bytes += piece->size();
  tunnel.seen->down += piece->size();
  const base::ByteView view{*piece};
  session_->send(wire::TunnelData{tunnel.asked.stream, wire::Payload{std::move(piece), view}});
  return true;
}

bool TestConnection::tunnel_step(TestTunnel& tunnel) {
  auto& seen = *tunnel.seen;
  const auto id = tunnel.asked.stream;
  if (!session_->is_open(id)) {
    tunnels_.erase(id);
    return false;
  }
  seen.largest_window = std::max(seen.largest_window, session_->window(id));
  const auto& cheats = state_.cheats;
  if (!tunnel.quoted) {
    if (seen.reset) quote_tunnel(tunnel);
    return seen.reset;
  }
  const bool listens = !cheats.quotes_after_reset;
  if (seen.reset && cheats.stays_silent_after_reset) return false;
  if (seen.reset && listens && !seen.opened) return end_tunnel(tunnel, base::refusal("cancelled", "as was asked for")), false;
  if (!tunnel.accepted || cheats.opens_no_tunnel) return false;
  if (!seen.opened) {
    if (!tunnel.site) return end_tunnel(tunnel, base::environment("tunnel_refused", "nobody listens there")), false;
    if (!open_step(tunnel, tunnel.asked.window + tunnel.up.size())) return false;
    seen.opened = true;
    session_->send(wire::TunnelOpened{id});
    ask_site(tunnel, {}, false);
    return tunnels_.contains(id);
  }
  if (seen.reset && listens) return end_tunnel(tunnel, std::nullopt), false;
  if (tunnel.step && tunnel.down_bytes + tunnel.up_bytes - tunnel.charged_down - tunnel.charged_up == tunnel.step_bytes) settle_step(tunnel);
  if (carry_up(tunnel)) return tunnels_.contains(id);
  if (!tunnels_.contains(id)) return false;
  if (carry_down(tunnel)) return true;
  if (!tunnels_.contains(id)) return false;
  if (!cheats.meters_nothing) settle_step(tunnel);
  if (seen.client_ended && tunnel.up.empty() && !std::exchange(tunnel.up_ended, true)) {
    ask_site(tunnel, {}, true);
    return tunnels_.contains(id);
  }
  if (tunnel.site_ended && tunnel.down.empty() && !std::exchange(tunnel.end_sent, true)) session_->send(wire::TunnelEnd{id, false});
  if (tunnel.end_sent && tunnel.up_ended) end_tunnel(tunnel, std::nullopt);
  return false;
}

void TestConnection::end_tunnel(TestTunnel& tunnel, std::optional<base::Error> why) {
  const auto id = tunnel.asked.stream;
  settle_step(tunnel);
  tunnel.seen->over = true;
  why ? session_->send(wire::Refused{id, *why, 0}) : session_->send(wire::Done{id});
  tunnels_.erase(id);
}

}  // namespace ferry::client::testing
