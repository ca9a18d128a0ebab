// Any bytes as a script of operations on a relay's and a payer's ledger: hostile vouchers, a chain that says anything, charges and vouchers in
// every order, restarts at every place. Both stay sound, and what replay gives is what was durable.

#include <deque>
#include <vector>

#include "channels/payer_ledger.hpp"
#include "channels/relay_ledger.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/script_bytes.hpp"
#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using fuzz::require;
using fuzz::ScriptBytes;

namespace {

constexpr std::uint8_t kEpochs = 3;

ChainChannel chain_of(ScriptBytes& script) {
  ChainChannel chain;
  chain.balance = script.amount();
  chain.total_claimed = script.amount();
  const std::uint8_t flags = script.byte();
  if ((flags & 1U) != 0) chain.pending_withdraw = test::units(1);
  chain.closed = flags > 0xF0;
  return chain;
}

/// Records in the order in which they were made; those of `waiting` are written and have not taken effect.
class RelayRoom {
 public:
  void step(ScriptBytes& script) {
    const base::ChannelId channel = test::id(script.below(kEpochs));
    switch (script.below(11)) {
      case 10: close(channel, script); break;
      case 0: made(ledger_.open(test::config(script.below(kEpochs)), chain_of(script))); break;
      case 1: made(ledger_.sync(channel, chain_of(script))); break;
      case 2: voucher(channel, script); break;
      case 3:
      case 4: reserve(channel, script); break;
      case 5:
      case 6: finish(script); break;
      case 7: take_effect(); break;
      case 8: leave(script); break;
      default: restart(script.flag()); break;
    }
    require(ledger_.audit().has_value(), "the relay's ledger is sound");
    for (const ClaimRow& row : ledger_.claimable()) require(row.total_claimed <= row.ceiling, "no more is claimed than was promised");
  }

 private:
  void made(const base::Result<Record>& record) {
    if (!record) return;
    journal_.push_back(pack(*record));
    waiting_.push_back(*record);
  }
  void voucher(const base::ChannelId& channel, ScriptBytes& script) {
    const bool own = script.below(8) != 0;
    made(ledger_.check_voucher(sign_voucher(test::kDomain, channel, script.amount(), own ? test::kPayer : test::kStranger), script.amount()));
  }
  void reserve(const base::ChannelId& channel, ScriptBytes& script) {
    const auto before = ledger_.find(channel) == nullptr ? base::Amount{} : ledger_.find(channel)->reserved;
    const auto answer = ledger_.reserve(channel, test::chunk(script.below(4)), script.amount(), script.amount(), test::kNow);
    if (!answer) return;
    if (const auto* need = std::get_if<NeedVoucher>(&*answer)) {
      require(need->required > need->ceiling || need->required > need->balance, "a voucher or a deposit would help");
      require(ledger_.find(channel)->reserved == before, "what is not admitted reserves nothing");
      return;
    }
    const auto& reservation = std::get<Reservation>(*answer);
    if (!reservation.redelivery) {
      const RelayChannel& known = *ledger_.find(channel);
      require(known.charged.plus(known.reserved).value() <= known.chain.balance, "what is admitted is within the balance");
    }
    reservations_.push_back(reservation);
  }
  void finish(ScriptBytes& script) {
    if (reservations_.empty()) return;
    const Reservation reservation = reservations_.front();
    reservations_.pop_front();
    if (script.below(4) == 0) return ledger_.release(reservation);
    if (const auto record = ledger_.charge(reservation, script.amount(), test::kNow)) journal_.push_back(pack(*record));
  }
  void close(const base::ChannelId& channel, ScriptBytes& script) {
    const auto chain = chain_of(script);
    const std::uint64_t nonce = script.below(3);
    const auto before = ledger_.find(channel) == nullptr ? std::nullopt : std::optional{*ledger_.find(channel)};
    const auto refund = ledger_.close(channel, chain, nonce);
    if (!refund) return;
    require(before->reserved.is_zero() && ledger_.find(channel)->refund == SignedRefund{refund->nonce, refund->amount}, "a refund is remembered");
    if (before->refund && nonce <= before->refund->nonce) {
      require(before->refund == SignedRefund{refund->nonce, refund->amount}, "no two refunds stand beside each other");
    } else {
      const auto taken = refund->amount.plus(std::max(before->charged, before->chain.total_claimed));
      require(taken && *taken <= before->chain.balance && *taken <= chain.balance, "no more goes back than was not charged");
    }
    journal_.push_back(pack(*refund));
  }
  void take_effect() {
    if (waiting_.empty()) return;
    ledger_.apply(waiting_.front());
    waiting_.pop_front();
  }
  void leave(ScriptBytes& script) {
    ledger_.confirm(test::id(script.below(kEpochs)), script.amount());
    if (const auto record = ledger_.payer_left(test::kPayer.address())) journal_.push_back(pack(*record));
  }
  static RelayLedger replayed(const std::vector<base::Bytes>& records) {
    RelayLedger ledger = test::relay_ledger();
    for (const auto& record : records) {
      const auto fits = ledger.replay(record);
      require(fits.has_value(), fits ? "" : fits.error().message.c_str());
    }
    return ledger;
  }
  void restart(bool compact) {
    while (!waiting_.empty()) take_effect();
    for (; !reservations_.empty(); reservations_.pop_front()) ledger_.release(reservations_.front());
    RelayLedger ledger = replayed(journal_);
    for (const auto& [id, channel] : ledger_.channels()) {
      const RelayChannel* known = ledger.find(id);
      require(known != nullptr || channel.status == ChannelStatus::closed, "a channel survives unless it is closed");
      if (known == nullptr) continue;
      require(known->charged == channel.charged && known->ceiling == channel.ceiling && known->chain == channel.chain &&
                  known->refund == channel.refund && known->debt() == channel.debt(),
              "the sums survive");
    }
    if (compact) {
      journal_ = ledger.snapshot();
      ledger = replayed(journal_);
      require(ledger.snapshot() == journal_, "a snapshot rebuilds itself");
    }
    ledger_ = std::move(ledger);
  }

  RelayLedger ledger_ = test::relay_ledger();
  std::vector<base::Bytes> journal_;
  std::deque<Record> waiting_;
  std::deque<Reservation> reservations_;
};

class PayerRoom {
 public:
  void step(ScriptBytes& script) {
    const std::uint8_t epoch = script.below(kEpochs);
    const base::ChannelId channel = test::id(epoch);
    const bool known = ledger_.find(channel) != nullptr;
    switch (script.below(9)) {
      case 8: made(ledger_.leave(channel, script.amount())); break;
      case 0: made(ledger_.open("relay", test::config(epoch), script.amount(), base::Bytes{1})); break;
      case 1: made(ledger_.sync(channel, script.amount(), script.amount(), script.byte() > 0xF0)); break;
      case 2: resume(channel, script); break;
      case 3:
        if (known) deliver(channel, script);
        break;
      case 4: made(ledger_.adopt_loss(channel, script.amount(), script.amount())); break;
      case 5: sign(channel, script); break;
      case 6:
        if (known) ledger_.voucher_refused(channel, script.amount());
        break;
      default: restart(script.flag()); break;
    }
    require(ledger_.audit().has_value(), "the payer's ledger is sound");
  }

 private:
  void made(const base::Result<Record>& record) {
    if (!record) return;
    journal_.push_back(pack(*record));
    ledger_.apply(*record);
  }
  void deliver(const base::ChannelId& channel, ScriptBytes& script) {
    const base::Amount charge = test::units(script.byte());
    if (!ledger_.find(channel)->recorded.plus(charge)) return;  // a client refuses what is above its quote long before
    made(ledger_.delivered(channel, test::chunk(0).request, script.byte(), test::kDomain, charge, {}));
  }
  void resume(const base::ChannelId& channel, ScriptBytes& script) {
    RelayView view{script.amount(), script.amount(), std::nullopt};
    const std::uint8_t signer = script.below(3);
    if (signer > 0) view.ceiling_signature = sign_voucher(test::kDomain, channel, view.ceiling, signer == 1 ? test::kPayer : test::kStranger).signature;
    const bool believed = ledger_.resume(channel, view).has_value();
    require(!believed || view.ceiling.is_zero() || signer == 1, "only our own signature is believed");
  }
  void sign(const base::ChannelId& channel, ScriptBytes& script) {
    const base::Amount ahead = script.amount();
    const auto step = ledger_.next_ceiling(channel, ahead, script.amount());
    if (!step || !*step) return;
    const PayerChannel before = *ledger_.find(channel);
    require((*step)->ceiling <= before.balance && (*step)->ceiling <= before.confirmed.plus_saturated(ahead), "no more is signed than was meant");
    require(!before.closed, "nothing is signed for a closed channel");
    if ((*step)->reserve) made(*(*step)->reserve);
    ledger_.signed_up_to(channel, (*step)->ceiling);
  }
  static PayerLedger replayed(const std::vector<base::Bytes>& records) {
    PayerLedger ledger(test::kDomain);
    for (const auto& record : records) {
      const auto fits = ledger.replay(record);
      require(fits.has_value(), fits ? "" : fits.error().message.c_str());
    }
    return ledger;
  }
  void restart(bool compact) {
    PayerLedger ledger = replayed(journal_);
    for (const auto& [id, channel] : ledger_.channels()) {
      const PayerChannel& known = *ledger.find(id);
      require(known.confirmed == channel.confirmed && known.adopted == channel.adopted && known.reserved_ceiling == channel.reserved_ceiling &&
                  known.balance == channel.balance && known.closed == channel.closed && known.signed_ceiling <= channel.signed_ceiling,
              "the sums survive");
    }
    if (compact) {
      journal_ = ledger.snapshot();
      ledger = replayed(journal_);
      require(ledger.snapshot() == journal_, "a snapshot rebuilds itself");
    }
    ledger_ = std::move(ledger);
  }

  PayerLedger ledger_{test::kDomain};
  std::vector<base::Bytes> journal_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ScriptBytes script{base::ByteView{data, std::min<std::size_t>(size, 4096)}};
  RelayRoom relay;
  PayerRoom payer;
  while (!script.is_over()) {
    if (script.flag()) relay.step(script);
    else payer.step(script);
  }
  return 0;
}
