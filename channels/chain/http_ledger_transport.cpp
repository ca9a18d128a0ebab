#include "channels/chain/http_ledger_transport.hpp"

#include <utility>

#include "channels/chain/ledger_json.hpp"

namespace ferry::chain {

HttpLedgerTransport::HttpLedgerTransport(const LedgerUrl& url, Timeouts timeouts)
    : base_(url.base), post_(HttpPost::Terms{timeouts.connect, timeouts.total, kMaxLedgerText, url.pin}) {}

Outcome<std::string> HttpLedgerTransport::operator()(std::string_view method, std::string body) const {
  using Answer = Outcome<std::string>;
  if (!is_ledger_method(method)) return Answer::failed(base::bug("ledger_method", "no ledger has this method"));
  auto answer = post_(base_ + "/ledger/v1/" + std::string{method}, body);
  // The status repeats what the answer says; a proxy's own pages are no JSON and will be told apart by that.
  if (answer) return Answer::ok(std::move(answer->text));
  const std::string why = base_ + ": " + answer.error().why;
  if (answer.error().nothing_was_sent) {
    return Answer::failed(base::environment("ledger_unreachable", "the ledger cannot be reached: check its address and pin; " + why));
  }
  return Answer::unknown(base::environment("ledger_no_answer", "the ledger gave no answer: ask it again later; " + why));
}

}  // namespace ferry::chain
