#pragma once
// VoucherSigner: when a higher ceiling is signed for one relay, and how high: what is verified and durable, plus a window of a few chunks, never
// more than what the running purchases have asked for. Also counts deliveries, tops the channel up before it runs dry, and adopts a loss when
// nothing else lets the relay go on. Order: docs/payments.md C2, C3.
// Threads: the loop's.

#include <functional>
#include <optional>
#include <set>

#include "client/core.hpp"
#include "client/pay/purchase.hpp"

namespace ferry::client {

class Relay;
struct NamedChannel;

/// A stream that buys.
class Buyer {
 public:
  virtual Purchase& purchase() = 0;
  /// Nothing more can be paid on this channel.
  virtual void on_payment_failed(const base::Error& error) = 0;

 protected:
  ~Buyer() = default;
};

class VoucherSigner {
 public:
  using Done = std::function<void(const base::Result<void>&)>;

  VoucherSigner(Core& core, Relay& relay) : core_(core), relay_(relay) {}

  void add(Buyer& buyer) { buyers_.insert(&buyer); }
  void remove(Buyer& buyer) { buyers_.erase(&buyer); }

  /// What a verified delivery adds to what is owed: its charge, but nothing when that charge was counted before, on whatever stream, or when it is
  /// repeated and was paid for as lost.
  base::Amount owed(const channels::DeliveredRecord& delivery, bool redelivered);
  /// A verified delivery: `done` when it is durable and so owed; more is signed by then if it was time.
  void deliver(const channels::DeliveredRecord& delivery, Done done);
  /// The relay holds a voucher of at least `ceiling`, or was sent one.
  bool has_promised(base::Amount ceiling) const;
  /// Something was granted or settled: signs if it is time.
  void sign_more();
  /// The same, once for all that this turn of the loop brings.
  void sign_soon();

  void on_need_voucher(wire::NeedVoucher message);
  void on_voucher_refused(wire::VoucherRefused message);
  void on_session_ended();

 private:
  struct Wants {
    base::Amount window;    ///< what may be promised ahead at most
    base::Amount reserved;  ///< what may still be charged
    base::Amount chunk_price;
  };
  Wants wants() const;
  void sign(const NamedChannel& named, base::Amount ceiling);
  void cannot_sign(const base::Error& error);
  void reserve(const NamedChannel& named, const channels::Record& record);
  void look_for_loss(NamedChannel& named, const Wants& wants);
  base::Amount loss_bound(const NamedChannel& named, const Wants& wants) const;
  void adopt(NamedChannel& named, base::Amount bound);
  void top_up();
  void fail_buyers(const base::Error& error);

  Core& core_;
  Relay& relay_;
  std::set<Buyer*> buyers_;
  std::optional<wire::NeedVoucher> need_;  ///< the last one that is not met yet
  bool signing_soon_ = false;
  bool reserving_ = false;
  bool adopting_ = false;
  std::optional<base::Error> cannot_top_up_;
  std::uint32_t refusals_ = 0;
  std::uint64_t session_number_ = 0;
};

}  // namespace ferry::client
