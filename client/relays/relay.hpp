#pragma once
// Relay: what this client knows of one relay and has with it, over all connections: the running Session, the channel that pays it, its last
// prices, its faults. Sessions come and go; a Relay stays as long as the client.
// Threads: the loop's.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "channels/chain/ledger_transport.hpp"
#include "client/core.hpp"
#include "client/loop/timer.hpp"
#include "client/pay/channel_setup.hpp"
#include "client/pay/close_channel.hpp"
#include "client/pay/voucher_signer.hpp"
#include "client/relays/session.hpp"
#include "pricing/recent_quotes.hpp"

namespace ferry::client {

class Relay final : private SessionListener {
 public:
  using Ready = std::function<void(const base::Result<void>&)>;

  struct Sums {
    std::uint64_t chunks = 0;
    std::uint64_t refused_chunks = 0;
    base::Amount spent;
  };

  Relay(Core& core, RelayReference reference);
  ~Relay();

  const RelayReference& reference() const { return reference_; }
  const base::Address& address() const { return reference_.relay; }
  std::string text() const { return reference_.to_string(); }

  /// Calls back once this relay has proved who it is, or one attempt has failed. Attempts that follow a failure begin after a pause. Never from
  /// inside. Errors: environment "relay_unreachable", "relay_lost", "relay_busy", …; peer_fault "relay_identity" and those of ClientSession.
  void connect(Ready ready);
  /// Null unless connected and welcomed.
  Session* session() const { return session_ && session_->is_ready() ? session_.get() : nullptr; }
  /// The relay lied about content or money: it is marked for a day, and the session ends.
  void fault(const base::Error& error);
  void end_session(const base::Error& why);

  ChannelSetup& channel() { return channel_; }
  VoucherSigner& signer() { return signer_; }

  /// Calls the relay's ledger and waits. Threads: any but the loop's. Lifetime: within the client's loop.
  chain::LedgerTransport ledger_transport();

  /// Asks this relay to close a channel on `ledger`, and waits. A relay that is not connected is not called for it. Threads: any but the loop's. Lifetime:
  /// within the client's loop.
  AskToClose ask_to_close(const base::ChannelId& channel, const base::Domain& ledger);

  void set_last_quote(const pricing::Quote& quote) { last_quote_ = quote; }
  const std::optional<pricing::Quote>& last_quote() const { return last_quote_; }
  /// For tunnels, checked in this session.
  pricing::RecentQuotes& tunnel_offers() { return tunnel_offers_; }
  std::optional<std::uint64_t> latency_ms() const { return latency_ms_; }
  Sums& sums() { return sums_; }

 private:
  void on_welcome(const wire::Welcome& welcome) override;
  void on_channel_state(wire::ChannelState message) override;
  void on_voucher_refused(wire::VoucherRefused message) override;
  void on_need_voucher(wire::NeedVoucher message) override;
  void on_session_ended(base::Error error) override;

  void start_session();
  void tell_waiting(const base::Result<void>& outcome);
  void bury_session();

  Core& core_;
  RelayReference reference_;
  ChannelSetup channel_;
  VoucherSigner signer_;
  std::unique_ptr<Session> session_;
  Timer pause_;
  std::uint32_t failures_ = 0;  ///< in a row
  std::vector<Ready> waiting_;
  std::optional<pricing::Quote> last_quote_;
  pricing::RecentQuotes tunnel_offers_;
  std::optional<std::uint64_t> latency_ms_;
  Sums sums_;
};

}  // namespace ferry::client
