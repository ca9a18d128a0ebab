#include "client/pay/voucher_signer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "client/json_text.hpp"
#include "client/relays/relay.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;

namespace {

/// C2: how far the durable bound is raised at a time.
constexpr std::uint64_t kReserveChunks = 64;
/// A connection that is lost takes at most its flow-control window with it.
constexpr std::uint32_t kMaxLostChunks = wire::kInitialWindow / (256 * 1024);
constexpr std::uint32_t kMaxRefusals = 3;

/// What the relay holds of our promises, or was sent; a voucher that was lost with a connection is signed again.
Amount held_ceiling(const channels::PayerChannel& channel) { return std::max(channel.sent_ceiling, channel.total_claimed); }

}  // namespace

VoucherSigner::Wants VoucherSigner::wants() const {
  Wants wants;
  for (auto* buyer : buyers_) {
    const auto& purchase = buyer->purchase();
    const auto window = purchase.chunk_price().times(core_.settings.prepay_chunks).value_or(Amount::max()).plus_saturated(purchase.fee());
    wants.window = std::max(wants.window, window);
    wants.chunk_price = std::max(wants.chunk_price, purchase.chunk_price());
    wants.reserved = wants.reserved.plus_saturated(purchase.reserved());
  }
  return wants;
}

bool VoucherSigner::has_promised(Amount ceiling) const {
  const auto* named = relay_.channel().named();
  return named != nullptr && held_ceiling(*named->book->ledger().find(named->id)) >= ceiling;
}

void VoucherSigner::sign_more() {
  auto* named = relay_.channel().named();
  if (named == nullptr || relay_.session() == nullptr || reserving_) return;
  const auto* channel = named->book->ledger().find(named->id);
  const auto wants = this->wants();
  const Amount ahead = std::min(wants.window, wants.reserved);
  const Amount held = held_ceiling(*channel);
  const Amount promised = held.minus_floored(channel->confirmed);
  if (need_ && need_->required <= held) need_.reset();
  const Amount half = wants.window.scaled_down(1, 2).value_or(Amount::zero());
  const bool owes = channel->confirmed > held;
  const Amount target = channel->confirmed.plus_saturated(ahead);
  const bool meets_need = need_ && need_->required <= target;
  if (meets_need || owes || promised < std::min(half, ahead)) {
    const auto step = named->book->ledger().next_ceiling(named->id, ahead, wants.chunk_price.times(kReserveChunks).value_or(Amount::max()));
    if (!step) return cannot_sign(step.error());
    if (*step && (*step)->reserve) return reserve(*named, *(*step)->reserve);
    if (*step) sign(*named, (*step)->ceiling);
  }
  if (target > channel->balance) return top_up();
  if (need_ && need_->required > held_ceiling(*channel)) look_for_loss(*named, wants);
}

void VoucherSigner::sign_soon() {
  if (signing_soon_) return;
  signing_soon_ = core_.loop.post([this] {
    signing_soon_ = false;
    sign_more();
  });
}

void VoucherSigner::cannot_sign(const base::Error& error) {
  if (error.code == "channel_exhausted") return top_up();
  relay_.channel().abandon(error.code);
  fail_buyers(error);
}

void VoucherSigner::reserve(const NamedChannel& named, const channels::Record& record) {
  reserving_ = true;
  named.book->append(record, [this](const Result<void>& durable) {
    reserving_ = false;
    if (!durable) return fail_buyers(durable.error());
    sign_more();
  });
}

void VoucherSigner::sign(const NamedChannel& named, Amount ceiling) {
  auto& book = *named.book;
  const auto voucher = channels::sign_voucher(book.domain_separator(), named.id, ceiling, core_.keys.session());
  book.signed_up_to(named.id, ceiling);
  core_.evidence.keep_voucher(book.domain(), voucher);
  relay_.session()->send(wire::VoucherMessage{named.id, ceiling, voucher.signature, book.ledger().find(named.id)->confirmed});
}

Amount VoucherSigner::owed(const channels::DeliveredRecord& delivery, bool redelivered) {
  auto* named = relay_.channel().named();
  if (named == nullptr || named->id != delivery.channel) return delivery.charge;
  // Streams take turns, so what is repeated on one may overtake the first delivery on another.
  if (named->book->counted(delivery)) return Amount::zero();
  if (!redelivered) return delivery.charge;
  if (const auto left = named->adopted.minus(delivery.charge)) {
    named->adopted = *left;
    return Amount::zero();
  }
  named->lost = named->lost.minus_floored(delivery.charge);
  return delivery.charge;
}

void VoucherSigner::deliver(const channels::DeliveredRecord& delivery, Done done) {
  auto* named = relay_.channel().named();
  if (named == nullptr || named->id != delivery.channel) {
    core_.loop.post([done = std::move(done)] { done(base::fail(base::environment("relay_lost", "the session ended before the delivery was counted"))); });
    return;
  }
  named->book->deliver(delivery, [this, done = std::move(done)](const Result<void>& durable) {
    done(durable);
    if (durable) return sign_soon();
    fail_buyers(durable.error());
  });
}

void VoucherSigner::on_need_voucher(wire::NeedVoucher message) {
  const auto* named = relay_.channel().named();
  if (named == nullptr || named->id != message.channel) return;
  need_ = std::move(message);
  sign_more();
}

/// The relay counts what never arrived. If nothing else can be under way and it waits, the loss is adopted within its bound.
void VoucherSigner::look_for_loss(NamedChannel& named, const Wants& wants) {
  const auto* channel = named.book->ledger().find(named.id);
  const bool counting = channel->recorded > channel->confirmed;
  const bool under_way = need_->charged.minus_floored(named.lost) > channel->recorded;
  const bool nothing_asked = wants.reserved.is_zero();
  if (adopting_ || counting || under_way || nothing_asked || named.lost.is_zero()) return;
  adopt(named, loss_bound(named, wants));
}

Amount VoucherSigner::loss_bound(const NamedChannel& named, const Wants& wants) const {
  const std::uint64_t chunks = core_.settings.prepay_chunks + std::min(named.credit_chunks, kMaxLostChunks);
  return wants.chunk_price.times(chunks).value_or(Amount::zero()).plus_saturated(wants.window);
}

void VoucherSigner::adopt(NamedChannel& named, Amount bound) {
  const Amount lost = named.lost;
  const auto make = [id = named.id, charged = need_->charged, bound](channels::PayerLedger& ledger) { return ledger.adopt_loss(id, charged, bound); };
  adopting_ = true;
  named.book->append(make, [this, lost, id = named.id, session = session_number_](const Result<void>& adopted) {
    adopting_ = false;
    if (!adopted) return fail_buyers(adopted.error());
    if (auto* current = relay_.channel().named(); session == session_number_ && current != nullptr) {
      current->adopted = current->adopted.plus_saturated(std::exchange(current->lost, Amount::zero()));
    }
    core_.announcer.event("loss_adopted", lost.to_btt() + " BTT are paid to " + relay_.text() + " for what a lost connection took with it",
                          {{"relay", relay_.text()}, {"channel", hex_id(id)}, {"amount", lost.to_btt()}});
    if (!buyers_.empty()) (*buyers_.begin())->purchase().adopt(lost);
    sign_more();
  });
}

void VoucherSigner::top_up() {
  if (cannot_top_up_) {
    // Only when the relay waits for more than the channel holds is this the end; until then what is promised is used up.
    const auto* named = relay_.channel().named();
    if (need_ && need_->required > named->book->ledger().find(named->id)->balance) fail_buyers(*cannot_top_up_);
    return;
  }
  const Amount at_most = core_.budget.left().plus_saturated(wants().reserved);
  relay_.channel().top_up(at_most, [this](const Result<void>& topped) {
    if (!topped) {
      cannot_top_up_ = topped.error();
      core_.announcer.log(LogLevel::warning, "the channel to " + relay_.text() + " cannot be topped up", topped.error());
    }
    sign_more();
  });
}

void VoucherSigner::on_voucher_refused(wire::VoucherRefused message) {
  core_.announcer.event("voucher_refused", relay_.text() + " refused a voucher: " + base::printable(message.message),
                        {{"relay", relay_.text()}, {"channel", hex_id(message.channel)}, {"name", base::printable(message.code, 60)}});
  if (message.code == "voucher_not_above_last") return;
  if (auto* named = relay_.channel().named(); named != nullptr && named->id == message.channel) named->book->voucher_refused(named->id, message.ceiling);
  if (++refusals_ < kMaxRefusals && message.code == "voucher_above_balance") return top_up();
  const auto error = base::refusal("voucher_refused", "the relay refuses our vouchers (" + base::printable(message.code, 60) + "): use another relay, or close the channel");
  relay_.channel().abandon(message.code);
  fail_buyers(error);
}

void VoucherSigner::on_session_ended() {
  ++session_number_;
  need_.reset();
  refusals_ = 0;
  cannot_top_up_.reset();
}

void VoucherSigner::fail_buyers(const base::Error& error) {
  for (auto* buyer : std::vector<Buyer*>(buyers_.begin(), buyers_.end())) {
    if (buyers_.contains(buyer)) buyer->on_payment_failed(error);
  }
}

}  // namespace ferry::client
