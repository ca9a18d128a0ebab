#pragma once
// ChannelSetup: from a welcomed session to a channel that may pay: chooses one that exists, or has money deposited into a new one, names it to
// the relay and checks the relay's view of it. Also tops it up. Reads downwards: run, pick, name, on_channel_state; deposits are in channel_deposits.cpp.
// Threads: the loop's.

#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "client/core.hpp"
#include "client/loop/timer.hpp"
#include "client/pay/deposit.hpp"

namespace ferry::client {

class Relay;

/// A channel that the relay has confirmed in this session.
struct NamedChannel {
  base::ChannelId id;
  PayerBook* book = nullptr;
  std::uint32_t credit_chunks = 0;
  base::Amount lost;  ///< charged by the relay before this session, never received here, and neither repeated nor adopted yet
  base::Amount shown_balance;  ///< what the relay itself has seen of the deposit
  base::Amount adopted;  ///< of that: paid for as lost; what is repeated all the same costs nothing more
};

/// Whether a channel is opened where there is none. On a named chain that costs gas and minutes, on a relay's own ledger it is cheap. In order: a
/// later one opens wherever an earlier one does.
enum class Opening { never, where_it_is_cheap, at_any_cost };

/// Of the refusal when none was to be opened.
constexpr std::string_view kNoChannel = "no_channel";

class ChannelSetup {
 public:
  using Ready = std::function<void(const base::Result<void>&)>;
  using Deposited = std::function<void(const base::Result<DepositMade>&)>;

  ChannelSetup(Core& core, Relay& relay);

  /// On a named chain a relay that has not seen a deposit yet is waited for (Patience::on_chain), and no other is made meanwhile.
  /// Calls back when a channel with money is named, or why none can be. `spendable`: what the asking job may still spend; a deposit is not made
  /// larger than needed for it. Never from inside. Errors: those of Relay::connect() and make_deposit(); environment "relay_silent",
  /// "relay_behind", those that the relay names; refusal "channel_dear", kNoChannel.
  void prepare(base::Amount spendable, Ready ready, Opening opening = Opening::at_any_cost);
  /// Null before that, and after the session has ended.
  NamedChannel* named() { return named_ ? &*named_ : nullptr; }
  /// Deposits more into the named channel and names it again. One at a time: `ready` is dropped while another runs, or nothing is named.
  /// `at_most`: what the budgets leave; the relay's least is deposited in any case, since a deposit is not spent.
  void top_up(base::Amount at_most, Ready ready);
  /// Money is on its way, or the relay's view of it: nothing can come from a relay that waits for it.
  bool is_waiting() const { return topping_up_ || running_; }
  /// Deposits exactly `amount` on the user's word, into a channel that is open or a new one.
  void deposit(base::Amount amount, Deposited done);
  /// The relay does not take payment from the named channel any more: forget it and look again.
  void abandon(const std::string& code);

  void on_channel_state(wire::ChannelState message);
  void on_session_ended(const base::Error& error);

 private:
  void run();
  void use_book(PayerBook* book);
  void pick();
  std::optional<base::ChannelId> best_channel() const;
  void name(const base::ChannelId& id);
  void on_refused(const wire::ChannelState& message);
  bool is_behind(const base::ChannelId& id, base::Amount shown) const;
  bool waits_for_relay(const base::ChannelId& id);
  bool is_on_named_chain() const { return core_.ledgers.may_be_named(book_->domain()); }
  LedgerAccess ledger();
  void refresh(const base::ChannelId& id, Ready refreshed);
  void submit_again(const base::ChannelId& id);
  void order(DepositOrder order, Deposited done);
  void finish_order(const base::ChannelId& id, Deposited done);
  void run_deposit(std::function<base::Result<DepositMade>(PayerBook&, const Ledger&)> procedure, Deposited done);
  std::optional<base::ChannelId> pending_deposit(base::Amount amount) const;
  base::Result<DepositOrder> new_order(base::Amount wanted) const;
  void open_new();
  void finish(const base::Result<void>& outcome);
  bool is_current(std::uint64_t session) const { return session == session_number_; }

  Core& core_;
  Relay& relay_;
  Timer timer_;
  std::vector<Ready> waiting_;
  base::Amount spendable_;
  bool running_ = false;
  Opening opening_ = Opening::never;  ///< the most that somebody who waits allows
  bool topping_up_ = false;
  int orders_ = 0;  ///< deposits under way, maybe since an earlier session
  std::optional<std::uint64_t> pick_after_order_;  ///< the session that waits for it
  std::uint64_t session_number_ = 0;  ///< answers that belong to an earlier session are dropped
  PayerBook* book_ = nullptr;
  std::optional<base::ChannelId> naming_;
  std::optional<NamedChannel> named_;
  std::set<base::ChannelId> unusable_;      ///< refused by this relay in this run
  std::set<base::ChannelId> submitted_again_;
  std::optional<base::Time> behind_since_;  ///< the relay has not seen a deposit that the chain shows
};

}  // namespace ferry::client
