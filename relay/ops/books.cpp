#include "relay/ops/books.hpp"

#include <algorithm>
#include <utility>

#include "relay/ops/identity.hpp"

namespace ferry::relay {

using base::Result;

namespace {

constexpr std::uint64_t kUsualChunk = 256 * 1024;

Result<std::unique_ptr<Books>> with_journal(DataDirectory data, base::SecretKey identity, std::optional<OpenedLedger> ledger, LedgerMark mark) {
  const auto domain = base::domain_separator(mark.domain);
  channels::RelayLedger empty(domain, mark.receiver, identity.address(), mark.token, channels::CreditRules{});
  FERRY_TRY(auto opened, open_journal(data.journal(), std::move(empty)));
  return std::make_unique<Books>(std::move(data), std::move(identity), std::move(ledger), std::move(mark), std::move(opened));
}

}  // namespace

Books::Books(DataDirectory opened_data, base::SecretKey key, std::optional<OpenedLedger> opened_ledger, LedgerMark about, OpenedJournal opened)
    : data(std::move(opened_data)),
      identity(std::move(key)),
      ledger(std::move(opened_ledger)),
      mark(std::move(about)),
      domain(base::domain_separator(mark.domain)),
      journal(std::move(opened.journal)),
      book(std::move(opened.ledger), domain, journal) {}

Result<std::unique_ptr<Books>> open_books(const RelaySettings& settings, DataDirectory::Use use) {
  FERRY_TRY(auto data, DataDirectory::open(settings.data_dir, use));
  FERRY_TRY(auto identity, load_identity(data));
  FERRY_TRY(const auto before, read_ledger_mark(data.ledger_mark()));
  FERRY_TRY(auto ledger, open_ledger(settings.ledger, data));
  LedgerMark mark{ledger.kind, ledger.info.name, ledger.info.domain, ledger.info.token, settings.ledger.beneficiary.value_or(identity.address()), ledger.info.fees};
  FERRY_CHECK(check_ledger_mark(before, mark));
  const auto file = data.ledger_mark();
  FERRY_TRY(auto books, with_journal(std::move(data), std::move(identity), std::move(ledger), mark));
  FERRY_CHECK(keep_ledger_mark(file, mark));  // only now: the journal is about this ledger too
  return books;
}

Result<std::unique_ptr<Books>> read_books(const RelaySettings& settings) {
  FERRY_TRY(auto data, DataDirectory::open(settings.data_dir, DataDirectory::Use::command));
  FERRY_TRY(auto mark, read_ledger_mark(data.ledger_mark()));
  if (!mark) return base::fail(base::environment("data_unused", "no relay has run on " + settings.data_dir + " yet: see --data"));
  FERRY_TRY(auto identity, load_identity(data));
  return with_journal(std::move(data), std::move(identity), std::nullopt, std::move(*mark));
}

SettlementTerms settlement_terms(const RelaySettings& settings, const chain::ChainInfo& info, const base::Address& receiver) {
  SettlementTerms terms;
  terms.receiver = receiver;
  terms.token = info.token;
  terms.domain_separator = base::domain_separator(info.domain);
  terms.claim_interval = settings.ledger.claim_interval;
  // The shortest delay that a channel can have on this ledger is the time in which a withdrawal must be seen.
  terms.blind_after = std::chrono::seconds(std::max<std::uint64_t>(1, info.min_withdraw_delay / 8));
  terms.fees = info.fees;
  terms.coin_price = settings.ledger.coin_price;
  terms.chunk_price = pricing::price_of(settings.tariff.clamped(settings.tariff.miss), kUsualChunk);
  terms.claims.worth = settings.ledger.claim_worth;
  terms.claims.worth_when_old = std::min(terms.claims.worth_when_old, terms.claims.worth);
  terms.claims.settle_worth = settings.ledger.settle_worth;
  terms.outbid_after = settings.ledger.outbid_after;
  return terms;
}

}  // namespace ferry::relay
