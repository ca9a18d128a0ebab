#include "client/pay/ledgers.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "channels/chain/json_reader.hpp"
#include "channels/chain/ledger_json.hpp"
#include "channels/chain/remote_ledger.hpp"
#include "client/pay/value_of.hpp"

namespace ferry::client {

using base::Result;

namespace {

base::Error not_named(const base::Domain& ledger) {
  const auto contract = ledger.verifying_contract.to_eip55();
  return base::refusal("chain_not_named", "this relay is paid on chain " + std::to_string(ledger.chain_id) + " in the contract " + contract +
                                              ", which was not named: if you trust that contract, set --chain 'evm:https://NODE?contract=" + contract +
                                              "&token=0x…' with a node of your choice (options.chains in the library), or use another relay");
}

/// What a relay on a chain answers to any question about its ledger becomes what the user has to do.
chain::LedgerTransport explained(chain::LedgerTransport transport, const base::Domain& ledger) {
  return [transport = std::move(transport), ledger](std::string_view method, std::string body) {
    auto answer = transport(method, std::move(body));
    if (!answer.is_ok() || answer.value->find(chain::kLedgerOnChain) == std::string::npos) return answer;
    const auto parsed = chain::parse_json(*answer.value, chain::kMaxLedgerText);
    const auto error = parsed ? chain::read_error(*parsed) : std::nullopt;
    if (!error || error->code != chain::kLedgerOnChain) return answer;
    return chain::Outcome<std::string>::failed(not_named(ledger));
  };
}

}  // namespace

std::string queue_of(const base::Domain& ledger) { return std::to_string(ledger.chain_id) + " " + ledger.verifying_contract.to_eip55(); }

Ledgers::Ledgers(const std::vector<chain::LedgerUrl>& chains, OpenChain open, base::Duration patience) : open_(std::move(open)), patience_(patience) {
  for (const auto& url : chains) {
    chains_.push_back(std::make_unique<Chain>());
    chains_.back()->url = url;
  }
}

bool Ledgers::may_be_named(const base::Domain& ledger) const {
  return std::ranges::any_of(chains_, [&ledger](const auto& chain) { return chain->url.may_mean(ledger); });
}

/// The nodes are asked once which chain they are on; after that the backend itself sees to it that they stay there.
Result<Ledger> Ledgers::open(Chain& chain, const base::Domain* wanted) {
  const std::lock_guard lock(chain.mutex);
  if (!chain.backend) chain.backend = open_(chain.url);
  if (!chain.domain) {
    FERRY_TRY(const auto info, value_of(chain.backend->info()));
    chain.domain = info.domain;
  }
  if (wanted != nullptr && *chain.domain != *wanted) {
    return base::fail(base::refusal("chain_mismatch", "the relay is paid on chain " + std::to_string(wanted->chain_id) + ", and the nodes of --chain are on chain " +
                                                          std::to_string(chain.domain->chain_id) + ": name nodes of the right chain, or use another relay"));
  }
  return Ledger{chain.backend, patience_};
}

Result<Ledger> Ledgers::open(const base::Domain& wanted, const chain::LedgerTransport& through_relay) {
  Result<Ledger> last = base::fail(base::Error{});
  bool is_named = false;
  for (const auto& chain : chains_) {
    if (!chain->url.may_mean(wanted)) continue;
    is_named = true;
    last = open(*chain, &wanted);
    if (last) return last;
  }
  if (is_named) return last;
  if (!through_relay) {
    return base::fail(base::environment("relay_unreachable", "no relay that serves this channel's ledger answers: name one that does, or the chain (--chain)"));
  }
  return Ledger{std::make_shared<chain::RemoteLedger>(explained(through_relay, wanted), wanted)};
}

LedgerAccess Ledgers::at(const base::Domain& ledger, chain::LedgerTransport through_relay) {
  return [this, ledger, through_relay = std::move(through_relay)] { return open(ledger, through_relay); };
}

std::vector<LedgerAccess> Ledgers::named() {
  std::vector<LedgerAccess> all;
  for (const auto& chain : chains_) {
    all.emplace_back([this, chain = chain.get()] { return open(*chain, nullptr); });
  }
  return all;
}

}  // namespace ferry::client
