#include "relay/ops/own_transactions.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "relay/ops/ledger_error.hpp"

namespace ferry::relay {

using base::Result;
using channels::TransactionRecord;

namespace {

constexpr std::uint8_t kPrepared = 0, kDone = 1, kFailed = 2;

OwnTransactions::Fate fate_of(const chain::Receipt& receipt) {
  if (receipt.succeeded) return OwnTransactions::Fate::done;
  spdlog::warn("the ledger executed a transaction of this relay without success: {}", base::printable(receipt.reason));
  return OwnTransactions::Fate::refused;
}

}  // namespace

Result<OwnTransactions::Fate> OwnTransactions::send(const chain::Action& action, const TakeOver& take_over) {
  auto prepared = backend_.prepare(action, identity_);
  if (!prepared.is_ok()) return error_of(prepared);
  FERRY_CHECK(book_.note_transaction({prepared.value->id, prepared.value->bytes, kPrepared}));
  return submit(*prepared.value, take_over);
}

Result<OwnTransactions::Fate> OwnTransactions::finish(const TakeOver& take_over) {
  for (const auto& record : book_.prepared_transactions()) {
    FERRY_TRY(const auto fate, submit(chain::RawTransaction{record.id, record.raw}, take_over));
    if (fate == Fate::unknown) return fate;
  }
  return Fate::done;
}

Result<OwnTransactions::Fate> OwnTransactions::submit(const chain::RawTransaction& transaction, const TakeOver& take_over) {
  const auto fate = ask(transaction);
  if (fate == Fate::unknown) return fate;
  // First the book, then the mark: after a crash in between the same bytes give the same receipt.
  FERRY_CHECK(take_over());
  FERRY_CHECK(book_.note_transaction({transaction.id, {}, fate == Fate::done ? kDone : kFailed}));
  return fate;
}

OwnTransactions::Fate OwnTransactions::ask(const chain::RawTransaction& transaction) {
  using Kind = chain::Outcome<chain::Receipt>::Kind;
  const auto outcome = backend_.submit(transaction);
  if (outcome.kind == Kind::ok) return fate_of(*outcome.value);
  const std::string code = outcome.error ? outcome.error->code : "no_reason";
  if (outcome.kind == Kind::failed) {
    spdlog::warn("the ledger refused a transaction of this relay: {}", code);
    return Fate::refused;
  }
  const auto receipt = backend_.receipt(transaction.id);
  if (receipt.is_ok() && *receipt.value) return fate_of(**receipt.value);
  spdlog::warn("the fate of a transaction is unknown ({}); it will be sent again unchanged", code);
  return Fate::unknown;
}

}  // namespace ferry::relay
