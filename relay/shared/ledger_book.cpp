#include "relay/shared/ledger_book.hpp"

#include <algorithm>
#include <utility>

#include "channels/records.hpp"

namespace ferry::relay {

using channels::Record;

LedgerBook::LedgerBook(channels::RelayLedger ledger, base::Hash256 domain_separator, JournalWriter& journal)
    : ledger_(std::move(ledger)), domain_separator_(domain_separator), journal_(journal) {}

void LedgerBook::open(const channels::ChannelConfig& config, const channels::ChainChannel& chain, base::Amount confirmed,
                      std::function<void(ChannelResult)> done) {
  const auto id = channels::channel_id(domain_separator_, config);
  base::Error refused;
  {
    const std::lock_guard lock(mutex_);
    auto opened = ledger_.open(config, chain);
    if (opened) {
      journal_.append(channels::pack(*opened), [this, id, confirmed, record = *opened, done](const base::Result<void>& durable) {
        if (!durable) return done(base::fail(durable.error()));
        const std::lock_guard relock(mutex_);
        ledger_.apply(record);
        ledger_.confirm(id, confirmed);
        done(*ledger_.find(id));
      });
      return;
    }
    refused = opened.error();
  }
  done(base::fail(std::move(refused)));
}

void LedgerBook::sync(const base::ChannelId& channel, const channels::ChainChannel& chain, std::function<void(base::Result<void>)> done) {
  base::Error refused;
  {
    const std::lock_guard lock(mutex_);
    auto synced = ledger_.sync(channel, chain);
    if (synced) {
      journal_.append(channels::pack(*synced), [this, record = *synced, done](const base::Result<void>& durable) {
        if (durable) {
          const std::lock_guard relock(mutex_);
          ledger_.apply(record);
        }
        done(durable);
      });
      return;
    }
    refused = synced.error();
  }
  done(base::fail(std::move(refused)));
}

void LedgerBook::take_voucher(const channels::Voucher& voucher, base::Amount confirmed,
                              std::function<void(base::Result<base::Amount>)> done) {
  base::Address signer;
  {
    std::unique_lock lock(mutex_);
    const auto fits = ledger_.precheck(voucher.channel, voucher.ceiling);
    if (!fits) {
      lock.unlock();
      return done(base::fail(fits.error()));
    }
    signer = ledger_.find(voucher.channel)->config.payer_authorizer;
  }
  // The dear part runs without the lock: other workers go on meanwhile.
  const auto digest = channels::voucher_digest(domain_separator_, voucher.channel, voucher.ceiling);
  if (auto genuine = base::check_signature(digest, voucher.signature, signer); !genuine) return done(base::fail(genuine.error()));

  const Record record = channels::VoucherRecord{voucher.channel, voucher.ceiling, voucher.signature, confirmed};
  journal_.append(channels::pack(record), [this, record, id = voucher.channel, done](const base::Result<void>& durable) {
    if (!durable) return done(base::fail(durable.error()));
    const std::lock_guard lock(mutex_);
    ledger_.apply(record);
    const auto* channel = ledger_.find(id);
    wake_payer(channel->config.payer);
    done(channel->ceiling);
  });
}

void LedgerBook::confirm(const base::ChannelId& channel, base::Amount confirmed) {
  const std::lock_guard lock(mutex_);
  ledger_.confirm(channel, confirmed);
}

base::Result<std::variant<channels::Reservation, channels::NeedVoucher>> LedgerBook::reserve(const base::ChannelId& channel,
                                                                                              const channels::DeliveryKey& key,
                                                                                              base::Amount price, base::Amount chunk_price,
                                                                                              base::Time now) {
  const std::lock_guard lock(mutex_);
  return ledger_.reserve(channel, key, price, chunk_price, now);
}

LedgerBook::Charged LedgerBook::charge(const channels::Reservation& reservation, base::Amount final_price, base::Time now,
                                       JournalWriter::Done done) {
  const std::lock_guard lock(mutex_);
  // Appended under the lock: the journal must see charges in the order of their cumulative sums.
  if (const auto record = ledger_.charge(reservation, final_price, now)) {
    journal_.append(channels::pack(*record), std::move(done));
    const auto& charge = std::get<channels::ChargeRecord>(*record);
    return {charge.charge, charge.charged_after};
  }
  done({});
  return {reservation.price, reservation.charged_after};
}

void LedgerBook::release(const channels::Reservation& reservation) {
  const std::lock_guard lock(mutex_);
  ledger_.release(reservation);
  if (const auto* channel = ledger_.find(reservation.channel)) wake_payer(channel->config.payer);
}

std::uint64_t LedgerBook::wait_for_credit(const base::Address& payer, std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  waiters_[payer].emplace(++last_waiter_, std::move(wake));
  return last_waiter_;
}

void LedgerBook::forget(const base::Address& payer, std::uint64_t waiter) {
  const std::lock_guard lock(mutex_);
  const auto it = waiters_.find(payer);
  if (it == waiters_.end()) return;
  it->second.erase(waiter);
  if (it->second.empty()) waiters_.erase(it);
}

void LedgerBook::wake_payer(const base::Address& payer) {
  auto waiting = waiters_.extract(payer);
  if (waiting.empty()) return;
  for (const auto& [number, wake] : waiting.mapped()) wake();
}

void LedgerBook::payer_came(const base::Address& payer) {
  const std::lock_guard lock(mutex_);
  ++sessions_[payer];
}

void LedgerBook::payer_left(const base::Address& payer) {
  const std::lock_guard lock(mutex_);
  const auto it = sessions_.find(payer);
  if (it == sessions_.end()) return;
  if (--it->second > 0) return;
  sessions_.erase(it);
  // Losing the record with a crash only leaves the payer a longer credit history, so nobody waits for it.
  if (const auto anew = ledger_.payer_left(payer)) journal_.append(channels::pack(*anew), {});
}

base::Result<void> LedgerBook::note_transaction(const channels::TransactionRecord& record) {
  FERRY_CHECK(journal_.append_and_wait(channels::pack(record)));
  const std::lock_guard lock(mutex_);
  ledger_.apply(record);
  return {};
}

std::vector<channels::TransactionRecord> LedgerBook::prepared_transactions() const {
  const std::lock_guard lock(mutex_);
  std::vector<channels::TransactionRecord> prepared;
  for (const auto& [id, raw] : ledger_.prepared_transactions()) prepared.push_back({id, raw, 0});
  return prepared;
}

std::optional<channels::RelayChannel> LedgerBook::find(const base::ChannelId& channel) const {
  const std::lock_guard lock(mutex_);
  const auto* found = ledger_.find(channel);
  return found == nullptr ? std::nullopt : std::optional{*found};
}

std::uint32_t LedgerBook::credit_chunks(const base::Address& payer, base::Amount chunk_price) const {
  const std::lock_guard lock(mutex_);
  const auto credit = ledger_.credit_of(payer, chunk_price);
  if (chunk_price.is_zero()) return 1;
  return static_cast<std::uint32_t>(std::min<base::Amount::Raw>(credit.units() / chunk_price.units(), UINT32_MAX));
}

std::vector<channels::ClaimRow> LedgerBook::claimable() const {
  const std::lock_guard lock(mutex_);
  return ledger_.claimable();
}

std::vector<std::pair<base::ChannelId, channels::RelayChannel>> LedgerBook::channels() const {
  const std::lock_guard lock(mutex_);
  return {ledger_.channels().begin(), ledger_.channels().end()};
}

LedgerTotals LedgerBook::totals() const {
  const std::lock_guard lock(mutex_);
  LedgerTotals totals;
  for (const auto& [id, channel] : ledger_.channels()) {
    ++totals.channels;
    totals.charged = totals.charged.plus_saturated(channel.charged);
    totals.promised = totals.promised.plus_saturated(channel.ceiling);
    totals.claimed = totals.claimed.plus_saturated(channel.chain.total_claimed);
    totals.claimable = totals.claimable.plus_saturated(std::min(channel.charged, channel.ceiling).minus_floored(channel.chain.total_claimed));
    totals.owed = totals.owed.plus_saturated(channel.charged.minus_floored(channel.ceiling));
  }
  return totals;
}

}  // namespace ferry::relay
