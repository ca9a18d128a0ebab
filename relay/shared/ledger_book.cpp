#include "relay/shared/ledger_book.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "channels/records.hpp"

namespace ferry::relay {

using channels::Record;

LedgerBook::LedgerBook(channels::RelayLedger ledger, base::Hash256 domain_separator, JournalWriter& journal, std::size_t max_channels)
    : domain_separator_(domain_separator), journal_(journal), max_channels_(max_channels), places_taken_(ledger.channels().size()) {
  for (auto& part : std::move(ledger).divide(kParts, part_number)) parts_.emplace_back(std::move(part));
}

bool LedgerBook::take_place() {
  if (places_taken_.fetch_add(1, std::memory_order_relaxed) < max_channels_) return true;
  places_taken_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void LedgerBook::open(const channels::ChannelConfig& config, const channels::ChainChannel& chain, base::Amount confirmed,
                      std::function<void(ChannelResult)> done) {
  const auto id = channels::channel_id(domain_separator_, config);
  Part& part = part_of(config.payer);
  base::Error refused;
  {
    const std::lock_guard lock(part.mutex);
    const bool is_new = part.ledger.find(id) == nullptr;
    auto opened = part.ledger.open(config, chain);
    if (opened && is_new && !take_place()) opened = base::fail(channels::RelayLedger::too_many_channels());
    if (opened) {
      journal_.append(channels::pack(*opened), [this, &part, id, is_new, confirmed, record = *opened, done](const base::Result<void>& durable) {
        std::unique_lock relock(part.mutex);
        const bool came_twice = is_new && part.ledger.find(id) != nullptr;
        if (came_twice || (is_new && !durable)) places_taken_.fetch_sub(1, std::memory_order_relaxed);
        if (durable) {
          part.ledger.apply(record);
          part.ledger.confirm(id, confirmed);
        }
        const ChannelResult channel = durable ? ChannelResult(*part.ledger.find(id)) : ChannelResult(base::fail(durable.error()));
        relock.unlock();  // who is told may end this book
        done(channel);
      });
      return;
    }
    refused = opened.error();
  }
  done(base::fail(std::move(refused)));
}

void LedgerBook::sync(const base::Address& payer, const base::ChannelId& channel, const channels::ChainChannel& chain,
                      std::function<void(base::Result<void>)> done) {
  Part& part = part_of(payer);
  base::Error refused;
  {
    const std::lock_guard lock(part.mutex);
    auto synced = part.ledger.sync(channel, chain);
    if (synced) {
      journal_.append(channels::pack(*synced), [&part, record = *synced, done](const base::Result<void>& durable) {
        if (durable) {
          const std::lock_guard relock(part.mutex);
          part.ledger.apply(record);
        }
        done(durable);
      });
      return;
    }
    refused = synced.error();
  }
  done(base::fail(std::move(refused)));
}

void LedgerBook::take_voucher(const base::Address& payer, const channels::Voucher& voucher, base::Amount confirmed,
                              std::function<void(base::Result<base::Amount>)> done) {
  Part& part = part_of(payer);
  base::Address signer;
  {
    std::unique_lock lock(part.mutex);
    const auto fits = part.ledger.precheck(voucher.channel, voucher.ceiling);
    if (!fits) {
      lock.unlock();
      return done(base::fail(fits.error()));
    }
    signer = part.ledger.find(voucher.channel)->config.payer_authorizer;
  }
  // The dear part runs without the lock: other workers go on meanwhile.
  const auto digest = channels::voucher_digest(domain_separator_, voucher.channel, voucher.ceiling);
  if (auto genuine = base::check_signature(digest, voucher.signature, signer); !genuine) return done(base::fail(genuine.error()));

  const Record record = channels::VoucherRecord{voucher.channel, voucher.ceiling, voucher.signature, confirmed};
  journal_.append(channels::pack(record), [&part, record, id = voucher.channel, done](const base::Result<void>& durable) {
    if (!durable) return done(base::fail(durable.error()));
    std::unique_lock lock(part.mutex);
    part.ledger.apply(record);
    const auto* channel = part.ledger.find(id);
    part.wake_payer(channel->config.payer);
    const auto ceiling = channel->ceiling;
    lock.unlock();
    done(ceiling);
  });
}

void LedgerBook::close(const base::Address& payer, const base::ChannelId& channel, const channels::ChainChannel& chain, std::uint64_t nonce,
                       std::function<void(base::Result<channels::RefundRecord>)> done) {
  Part& part = part_of(payer);
  std::unique_lock lock(part.mutex);
  const auto refund = part.ledger.close(channel, chain, nonce);
  if (!refund) {
    lock.unlock();
    return done(base::fail(refund.error()));
  }
  // Appended under the lock, and in any case: whoever asked before may still be waiting for the disk.
  journal_.append(channels::pack(*refund), [refund = *refund, done = std::move(done)](const base::Result<void>& durable) {
    done(durable ? base::Result<channels::RefundRecord>(refund) : base::fail(durable.error()));
  });
  part.wake_payer(payer);  // streams that wait for credit are refused now
}

void LedgerBook::confirm(const base::Address& payer, const base::ChannelId& channel, base::Amount confirmed) {
  Part& part = part_of(payer);
  const std::lock_guard lock(part.mutex);
  part.ledger.confirm(channel, confirmed);
}

base::Result<std::variant<channels::Reservation, channels::NeedVoucher>> LedgerBook::reserve(const base::Address& payer,
                                                                                              const base::ChannelId& channel,
                                                                                              const channels::DeliveryKey& key,
                                                                                              base::Amount price, base::Amount chunk_price,
                                                                                              base::Time now) {
  Part& part = part_of(payer);
  const std::lock_guard lock(part.mutex);
  return part.ledger.reserve(channel, key, price, chunk_price, now);
}

LedgerBook::Charged LedgerBook::charge(const channels::Reservation& reservation, base::Amount final_price, base::Time now,
                                       JournalWriter::Done done) {
  Part& part = part_of(reservation.payer);
  const std::lock_guard lock(part.mutex);
  // Appended under the lock: the journal must see a payer's charges in the order of their cumulative sums.
  if (const auto record = part.ledger.charge(reservation, final_price, now)) {
    journal_.append(channels::pack(*record), std::move(done));
    const auto& charge = std::get<channels::ChargeRecord>(*record);
    return {charge.charge, charge.charged_after};
  }
  done({});
  return {reservation.price, reservation.charged_after};
}

void LedgerBook::release(const channels::Reservation& reservation) {
  Part& part = part_of(reservation.payer);
  const std::lock_guard lock(part.mutex);
  part.ledger.release(reservation);
  part.wake_payer(reservation.payer);
}

std::uint64_t LedgerBook::wait_for_credit(const base::Address& payer, std::function<void()> wake) {
  Part& part = part_of(payer);
  const std::lock_guard lock(part.mutex);
  part.waiters[payer].emplace(++part.last_waiter, std::move(wake));
  return part.last_waiter;
}

void LedgerBook::forget(const base::Address& payer, std::uint64_t waiter) {
  Part& part = part_of(payer);
  const std::lock_guard lock(part.mutex);
  const auto it = part.waiters.find(payer);
  if (it == part.waiters.end()) return;
  it->second.erase(waiter);
  if (it->second.empty()) part.waiters.erase(it);
}

void LedgerBook::Part::wake_payer(const base::Address& payer) {
  auto waiting = waiters.extract(payer);
  if (waiting.empty()) return;
  for (const auto& [number, wake] : waiting.mapped()) wake();
}

void LedgerBook::payer_came(const base::Address& payer) {
  Part& part = part_of(payer);
  const std::lock_guard lock(part.mutex);
  ++part.sessions[payer];
}

void LedgerBook::payer_left(const base::Address& payer) {
  Part& part = part_of(payer);
  const std::lock_guard lock(part.mutex);
  const auto it = part.sessions.find(payer);
  if (it == part.sessions.end()) return;
  if (--it->second > 0) return;
  part.sessions.erase(it);
  // Losing the record with a crash only leaves the payer a longer credit history, so nobody waits for it.
  if (const auto anew = part.ledger.payer_left(payer)) journal_.append(channels::pack(*anew), {});
}

base::Result<void> LedgerBook::note(const Record& record) {
  FERRY_CHECK(journal_.append_and_wait(channels::pack(record)));
  const std::lock_guard lock(parts_.front().mutex);
  parts_.front().ledger.apply(record);
  return {};
}

std::vector<channels::OwnTransaction> LedgerBook::prepared_transactions() const {
  const std::lock_guard lock(parts_.front().mutex);
  std::vector<channels::OwnTransaction> prepared;
  for (const auto& [id, transaction] : parts_.front().ledger.prepared_transactions()) prepared.push_back(transaction);
  return prepared;
}

channels::AccountRecord LedgerBook::account() const {
  const std::lock_guard lock(parts_.front().mutex);
  return parts_.front().ledger.account();
}

std::optional<channels::RelayChannel> LedgerBook::Part::find(const base::ChannelId& channel) const {
  const std::lock_guard lock(mutex);
  const auto* found = ledger.find(channel);
  return found == nullptr ? std::nullopt : std::optional{*found};
}

std::optional<channels::RelayChannel> LedgerBook::find(const base::Address& payer, const base::ChannelId& channel) const {
  return part_of(payer).find(channel);
}

std::optional<channels::RelayChannel> LedgerBook::find(const base::ChannelId& channel) const {
  for (const auto& part : parts_) {
    if (auto found = part.find(channel)) return found;
  }
  return std::nullopt;
}

std::uint32_t LedgerBook::credit_chunks(const base::Address& payer, base::Amount chunk_price) const {
  const Part& part = part_of(payer);
  const std::lock_guard lock(part.mutex);
  const auto credit = part.ledger.credit_of(payer, chunk_price);
  if (chunk_price.is_zero()) return 1;
  return static_cast<std::uint32_t>(std::min<base::Amount::Raw>(credit.units() / chunk_price.units(), UINT32_MAX));
}

std::vector<channels::ClaimRow> LedgerBook::claimable() const {
  std::vector<channels::ClaimRow> rows;
  for (const auto& part : parts_) {
    const std::lock_guard lock(part.mutex);
    std::ranges::move(part.ledger.claimable(), std::back_inserter(rows));
  }
  return rows;
}

void LedgerBook::each_channel(const std::function<void(const base::ChannelId&, const channels::RelayChannel&)>& look) const {
  for (const auto& part : parts_) {
    const std::lock_guard lock(part.mutex);
    for (const auto& [id, channel] : part.ledger.channels()) look(id, channel);
  }
}

std::vector<std::pair<base::ChannelId, channels::RelayChannel>> LedgerBook::channels() const {
  std::vector<std::pair<base::ChannelId, channels::RelayChannel>> all;
  each_channel([&all](const auto& id, const auto& channel) { all.emplace_back(id, channel); });
  return all;
}

std::optional<channels::PlaceRecord> LedgerBook::place() const {
  const std::lock_guard lock(parts_.front().mutex);
  return parts_.front().ledger.place();
}

std::vector<base::ChannelId> LedgerBook::to_read_again() const {
  std::vector<base::ChannelId> ids;
  for (const auto& part : parts_) {
    const std::lock_guard lock(part.mutex);
    std::ranges::move(part.ledger.to_read_again(), std::back_inserter(ids));
  }
  return ids;
}

LedgerTotals LedgerBook::totals() const {
  LedgerTotals totals;
  for (const auto& part : parts_) {
    const std::lock_guard lock(part.mutex);
    const auto& gone = part.ledger.gone();
    totals.charged = totals.charged.plus_saturated(gone.charged);
    totals.promised = totals.promised.plus_saturated(gone.promised);
    totals.claimed = totals.claimed.plus_saturated(gone.claimed);
    totals.lost = totals.lost.plus_saturated(gone.lost);
    for (const auto& [id, channel] : part.ledger.channels()) {
      ++totals.channels;
      totals.lost = totals.lost.plus_saturated(channel.lost());
      totals.charged = totals.charged.plus_saturated(channel.charged);
      totals.promised = totals.promised.plus_saturated(channel.ceiling);
      totals.claimed = totals.claimed.plus_saturated(channel.chain.total_claimed);
      totals.claimable = totals.claimable.plus_saturated(channel.claimable());
      totals.owed = totals.owed.plus_saturated(channel.charged.minus_floored(channel.ceiling));
    }
  }
  return totals;
}

}  // namespace ferry::relay
