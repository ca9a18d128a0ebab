// make_new_wallet, show_wallet, take_from_faucet: the wallet itself and what ledgers say of it.

#include <nlohmann/json.hpp>
#include <set>

#include "client/jobs/jobs.hpp"
#include "client/json_text.hpp"
#include "client/pay/deposit.hpp"
#include "client/usage/usage_book.hpp"
#include "client/wallet/private_file.hpp"

namespace ferry::client {

using base::Result;
using nlohmann::json;

namespace {

json wallet_json(const Core& core) {
  const auto wallet = core.keys.wallet();
  if (!wallet) return {{"address", nullptr}, {"tron_address", nullptr}};
  return {{"address", wallet->address().to_eip55()}, {"tron_address", wallet->address().to_tron()}};
}

Result<json> ledger_json(chain::ChainBackend& ledger, const std::optional<base::Address>& account) {
  FERRY_TRY(const auto info, value_of(ledger.info()));
  base::Amount balance;
  std::optional<base::Amount> fee_balance;
  if (account) {
    FERRY_TRY(balance, value_of(ledger.balance_of(*account)));
    FERRY_TRY(fee_balance, value_of(ledger.fee_balance_of(*account)));
  }
  return json{{"ledger", info.name},
              {"chain_id", info.domain.chain_id},
              {"contract", info.domain.verifying_contract.to_eip55()},
              {"token", info.token.to_eip55()},
              {"balance", balance.to_btt()},
              {"fee_balance", fee_balance ? json(fee_balance->to_btt()) : json(nullptr)},
              {"faucet", info.has_faucet}};
}

struct LedgerQuestion {
  std::string relay;  ///< empty: a chain that the user named
  LedgerAccess ledger;
};

/// Blocks. A chain that a relay uses is told once.
json ask_ledgers(const std::vector<LedgerQuestion>& questions, const std::optional<base::Address>& account) {
  json answers = json::array();
  std::set<std::pair<std::uint64_t, std::string>> seen;
  for (const auto& question : questions) {
    auto ledger = question.ledger();
    auto answer = ledger ? ledger_json(*ledger->backend, account) : Result<json>(base::fail(ledger.error()));
    if (answer && !seen.insert({(*answer)["chain_id"].get<std::uint64_t>(), (*answer)["contract"].get<std::string>()}).second) continue;
    auto entry = answer ? std::move(*answer) : json{{"error", error_json(answer.error())}};
    entry["relay"] = question.relay.empty() ? json(nullptr) : json(question.relay);
    answers.push_back(std::move(entry));
  }
  return answers;
}

void add_channels(const Core& core, json& result) {
  std::size_t count = 0;
  base::Amount held, spendable, fees;
  for (const auto* book : core.books.all()) {
    for (const auto& [id, channel] : book->ledger().channels()) {
      ++count;
      fees = fees.plus_saturated(channel.fees);
      held = held.plus_saturated(channel.balance.minus_floored(channel.total_claimed));
      if (!channel.closed) spendable = spendable.plus_saturated(channel.balance.minus_floored(std::max(channel.signed_ceiling, channel.recorded)));
    }
  }
  result["channels"] = count;
  result["in_channels"] = held.to_btt();
  result["spendable"] = spendable.to_btt();
  result["fees"] = fees.to_btt();
}

/// What the local proxy spent, as far as its file tells.
void add_usage(const Core& core, json& result) {
  const auto text = read_small_file(core.data_dir.usage(), UsageBook::kMaxTextBytes);
  auto book = text && *text ? UsageBook::parse(**text) : Result<UsageBook>(UsageBook{});
  if (!book) return;
  book->advance(core.now());
  result["proxy"] = {{"spent_today", book->today().spent.to_btt()}, {"spent_this_hour", book->this_hour().spent.to_btt()}};
}

void finish_show(Core& core, const std::vector<Relay*>& relays, const std::map<Relay*, base::Error>& failed, const ResultJobPtr& job) {
  auto result = std::make_shared<json>(wallet_json(core));
  auto unreachable = std::make_shared<json>(json::array());
  std::vector<LedgerQuestion> questions;
  std::set<std::pair<std::uint64_t, base::Address>> seen;
  for (auto* relay : relays) {
    if (relay->session() == nullptr) {
      const auto error = failed.contains(relay) ? failed.at(relay) : base::environment("relay_lost", "the relay left");
      unreachable->push_back({{"relay", relay->text()}, {"error", error_json(error)}});
      continue;
    }
    const auto& welcome = relay->session()->welcome();
    if (!seen.insert({welcome.chain_id, welcome.contract}).second) continue;
    questions.push_back({relay->text(), core.ledgers.at(base::Domain{welcome.chain_id, welcome.contract}, relay->ledger_transport())});
  }
  for (auto& chain : core.ledgers.named()) questions.push_back({"", std::move(chain)});
  add_channels(core, *result);
  add_usage(core, *result);
  const auto account = core.keys.wallet() ? std::optional(core.keys.wallet()->address()) : std::nullopt;
  core.blocking.run(kQueueOfQuestions, [result, questions, account] { (*result)["ledgers"] = ask_ledgers(questions, account); },
                    [result, unreachable, job] {
                      if (!result->contains("ledgers")) (*result)["ledgers"] = json::array();
                      for (auto& entry : *unreachable) (*result)["ledgers"].push_back(std::move(entry));
                      job->succeed(*result);
                    });
}

}  // namespace

void make_new_wallet(Core& core, const ResultJobPtr& job) {
  if (const auto made = core.keys.make_wallet(core.data_dir); !made) return job->fail(made.error());
  job->succeed(wallet_json(core));
}

void show_wallet(Core& core, KnownRelays& relays, const ResultJobPtr& job) {
  const auto all = relays.get(core.settings.relays);
  KnownRelays::connect_all(all, [&core, all, job](const std::map<Relay*, base::Error>& failed) { finish_show(core, all, failed, job); });
}

void take_from_faucet(Core& core, Relay& relay, const ResultJobPtr& job) {
  relay.connect([&core, &relay, job](const Result<void>& connected) {
    if (!connected) return job->fail(connected.error());
    if (!core.keys.wallet()) {
      if (const auto made = core.keys.make_wallet(core.data_dir); !made) return job->fail(made.error());
    }
    const auto& welcome = relay.session()->welcome();
    const auto account = core.keys.wallet()->address();
    const base::Domain domain{welcome.chain_id, welcome.contract};
    auto outcome = std::make_shared<Result<json>>(base::fail(base::environment("client_closing", "the client is being closed")));
    const auto work = [outcome, account, access = core.ledgers.at(domain, relay.ledger_transport()),
                       name = relay.text(), blocking = &core.blocking] {
      *outcome = [&]() -> Result<json> {
        FERRY_TRY(const auto ledger, access());
        FERRY_TRY(const auto amount, take_test_money(*ledger.backend, account, [blocking] { return blocking->is_stopping(); }));
        FERRY_TRY(const auto balance, value_of(ledger.backend->balance_of(account)));
        return json{{"relay", name}, {"address", account.to_eip55()}, {"amount", amount.to_btt()}, {"balance", balance.to_btt()}};
      }();
    };
    core.blocking.run(queue_of(domain), work, [outcome, job] {
      if (!*outcome) return job->fail(outcome->error());
      job->succeed(**outcome);
    });
  });
}

}  // namespace ferry::client
