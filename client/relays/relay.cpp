#include "client/relays/relay.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "client/loop/wait_for_loop.hpp"

namespace ferry::client {

namespace {

base::Duration pause_after(const Patience& patience, std::uint32_t failures) {
  if (failures == 0) return base::Duration{0};
  return std::min(patience.longest_pause, patience.first_pause * (std::int64_t{1} << std::min<std::uint32_t>(failures - 1, 16)));
}

/// Clocks that differ so much make quotes look expired; the reason is told before that happens.
constexpr base::Duration kTellSkew{pricing::kClockTolerance};

base::Result<void> left_now() { return base::fail(base::environment("relay_lost", "the relay left at this moment")); }

}  // namespace

Relay::Relay(Core& core, RelayReference reference)
    : core_(core), reference_(std::move(reference)), channel_(core, *this), signer_(core, *this), pause_(core.loop) {}

Relay::~Relay() = default;

void Relay::connect(Ready ready) {
  if (session() != nullptr) {
    core_.loop.post([this, ready = std::move(ready)] {  // until then it may have ended
      session() != nullptr ? ready({}) : ready(left_now());
    });
    return;
  }
  waiting_.push_back(std::move(ready));
  if (session_ || pause_.is_running()) return;
  pause_.start(pause_after(core_.settings.patience, failures_), [this] { start_session(); });
}

void Relay::start_session() {
  wire::ClientSessionSettings settings;
  settings.relay = reference_.relay;
  settings.software = core_.settings.software;
  const auto make_link = [this](Link::Listener& listener) { return core_.make_link(reference_, listener); };
  SessionListener& here = *this;
  session_ = std::make_unique<Session>(core_.loop, std::move(settings), core_.keys.session(), core_.settings.clock, here, make_link);
  session_->start();
}

void Relay::tell_waiting(const base::Result<void>& outcome) {
  // One of them may end the session.
  for (const auto& ready : std::exchange(waiting_, {})) ready(outcome && session() == nullptr ? left_now() : outcome);
}

void Relay::on_welcome(const wire::Welcome& welcome) {
  failures_ = 0;
  latency_ms_ = session_->latency_ms();
  auto& score = core_.scores.of(address());
  score.answered(true);
  score.welcomed_after(static_cast<double>(std::max<std::uint64_t>(*latency_ms_, 1)) / 1000);
  core_.announcer.event("relay_connected", "connected to " + text(), {{"relay", text()}, {"latency_ms", *latency_ms_}});
  const auto skew = welcome.now - core_.now();
  if (skew > kTellSkew || -skew > kTellSkew) {
    const auto seconds = skew.count() / 1000;
    core_.announcer.event("clock_skew", "the relay's clock differs from ours by " + std::to_string(seconds) + " s: set the clock that is wrong",
                          {{"relay", text()}, {"seconds", seconds}});
  }
  tell_waiting({});
}

void Relay::on_channel_state(wire::ChannelState message) { channel_.on_channel_state(std::move(message)); }

void Relay::on_voucher_refused(wire::VoucherRefused message) { signer_.on_voucher_refused(std::move(message)); }

void Relay::on_need_voucher(wire::NeedVoucher message) { signer_.on_need_voucher(std::move(message)); }

void Relay::on_session_ended(base::Error error) {
  const bool was_ready = session_->was_welcomed();
  ++failures_;
  if (!was_ready) core_.scores.of(address()).answered(false);
  bury_session();
  core_.announcer.event("relay_lost", text() + ": " + error.message, {{"relay", text()}, {"name", error.code}, {"connected", was_ready}});
  const base::Result<void> outcome = base::fail(std::move(error));
  channel_.on_session_ended(outcome.error());
  signer_.on_session_ended();
  tunnel_offers_ = {};
  tell_waiting(outcome);
}

/// It may be on the call stack: it goes a turn of the loop later.
void Relay::bury_session() {
  core_.loop.post([dead = std::shared_ptr<Session>(std::move(session_))] {});
}

void Relay::end_session(const base::Error& why) {
  if (session_) session_->end(why);
}

void Relay::fault(const base::Error& error) {
  core_.marks.mark(address(), error.code);
  core_.scores.of(address()).lied();
  const auto until = core_.now() + RelayMarks::kMarked;
  core_.announcer.event("relay_marked", text() + " is avoided for a day: " + error.message,
                        {{"relay", text()}, {"name", error.code}, {"until", until.unix_seconds()}});
  end_session(error);
}

chain::LedgerTransport Relay::ledger_transport() {
  using Answer = chain::Outcome<std::string>;
  return [this](std::string_view method, std::string body) -> Answer {
    const auto closing = Answer::failed(base::environment("client_closing", "the client is being closed"));
    return wait_for_loop<Answer>(core_.loop, closing, [this, method = std::string(method), body = std::move(body)](const auto& reply) {
      auto* session = this->session();
      if (session == nullptr) return reply(Answer::failed(base::environment("relay_lost", "the relay that keeps the ledger is not connected")));
      session->call_ledger(method, body, core_.settings.patience.answer, [reply](base::Result<std::string> answer) {
        if (answer) return reply(Answer::ok(std::move(*answer)));
        const bool sent = answer.error().kind != base::ErrorKind::refusal;  // refusals come before anything is sent
        reply(sent ? Answer::unknown(std::move(answer).error()) : Answer::failed(std::move(answer).error()));
      });
    });
  };
}

AskToClose Relay::ask_to_close(const base::ChannelId& channel, const base::Domain& ledger) {
  using Answer = base::Result<wire::CloseSigned>;
  return [this, channel, ledger](const wire::CloseChannel& message) -> Answer {
    const auto closing = base::fail(base::environment("client_closing", "the client is being closed"));
    return wait_for_loop<Answer>(core_.loop, closing, [this, channel, ledger, message](const auto& reply) {
      auto* session = this->session();
      if (session == nullptr) return reply(base::fail(base::environment("relay_unreachable", "the relay " + text() + " cannot be reached")));
      const auto& welcome = session->welcome();
      if (base::Domain{welcome.chain_id, welcome.contract} != ledger) {
        return reply(base::fail(base::refusal("relay_elsewhere", "the relay " + text() + " is paid on another ledger now")));
      }
      session->close_channel(message, channel, core_.settings.patience.answer, reply);
    });
  };
}

}  // namespace ferry::client
