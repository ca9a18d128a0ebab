// recover_channels: the channels of this wallet as the named chains list them, for who has the wallet key and no journal. They are taken into the
// journal as closed: what was signed for them on another machine is not known here, so nothing more is signed, and their money can be withdrawn.

#include <nlohmann/json.hpp>

#include "client/jobs/jobs.hpp"
#include "client/json_text.hpp"
#include "client/loop/wait_for_loop.hpp"
#include "client/pay/waiting.hpp"
#include "client/pay/withdraw.hpp"

namespace ferry::client {

using base::Result;
using channels::ChannelConfig;
using nlohmann::json;

namespace {

/// More than anybody opens by hand; a list without end is a node that lies.
constexpr std::size_t kMostChannels = 100'000;

/// What the blocking work needs of the client.
struct Recovery {
  Loop* loop = nullptr;
  Books* books = nullptr;
  std::shared_ptr<const base::SecretKey> wallet;
  std::function<bool()> cancelled;
};

Result<std::vector<ChannelConfig>> find_channels(chain::ChainBackend& chain, const Recovery& recovery) {
  std::vector<ChannelConfig> configs;
  std::optional<std::uint64_t> from = 0;
  while (from) {
    if (recovery.cancelled()) return base::fail(base::environment("client_closing", "the client is being closed"));
    FERRY_TRY(const auto found, value_of(chain.channels_of(recovery.wallet->address(), *from)));
    configs.insert(configs.end(), found.configs.begin(), found.configs.end());
    if (configs.size() > kMostChannels) return base::fail(base::environment("channels_too_many", "the chain lists more than 100000 channels of this wallet: ask another node"));
    if (found.next && *found.next <= *from) return base::fail(base::bug("channels_of", "the search does not go on"));
    from = found.next;
  }
  return configs;
}

Result<PayerBook*> open_book_of(const base::Domain& domain, const Recovery& recovery) {
  using Answer = Result<PayerBook*>;
  return wait_for_loop<Answer>(*recovery.loop, base::fail(base::environment("client_closing", "the client is being closed")),
                               [books = recovery.books, domain](const auto& reply) { books->open(domain, reply); });
}

/// True when it was not known.
Result<bool> take_in(chain::ChainBackend& chain, PayerBook& book, const ChannelConfig& config, const Recovery& recovery) {
  const auto id = channels::channel_id(book.domain_separator(), config);
  if (channel_now(*recovery.loop, book, id)) return false;
  FERRY_TRY(const auto state, value_of(chain.read_channel(id)));
  const auto durable = durable_in(book);
  FERRY_CHECK(durable([&](channels::PayerLedger& ledger) { return ledger.open(config.receiver_authorizer.to_eip55(), config, {}, {}); }));
  FERRY_CHECK(durable([&](channels::PayerLedger& ledger) { return ledger.sync(id, state.balance, state.total_claimed, true); }));
  return true;
}

Result<json> recover_on(const LedgerAccess& access, const Recovery& recovery) {
  FERRY_TRY(const auto ledger, access());
  FERRY_TRY(const auto info, value_of(ledger.backend->info()));
  FERRY_TRY(const auto configs, find_channels(*ledger.backend, recovery));
  std::size_t added = 0;
  if (!configs.empty()) {
    FERRY_TRY(auto* book, open_book_of(info.domain, recovery));
    for (const auto& config : configs) {
      FERRY_TRY(const bool is_new, take_in(*ledger.backend, *book, config, recovery));
      added += is_new ? 1 : 0;
    }
  }
  return json{{"ledger", info.name},
              {"chain_id", info.domain.chain_id},
              {"contract", info.domain.verifying_contract.to_eip55()},
              {"found", configs.size()},
              {"added", added}};
}

}  // namespace

void recover_channels(Core& core, const ResultJobPtr& job) {
  const auto wallet = core.keys.wallet();
  if (!wallet) return job->fail(base::refusal("no_wallet", "there is no wallet in this data directory: put the wallet.key that you kept there first"));
  const auto chains = core.ledgers.named();
  if (chains.empty()) return job->fail(base::refusal("no_chain", "no chain is named on which to look: set --chain (options.chains)"));
  const Recovery recovery{&core.loop, &core.books, wallet, [blocking = &core.blocking] { return blocking->is_stopping(); }};
  auto entries = std::make_shared<json>(json::array());
  core.blocking.run(
      kQueueOfQuestions, [entries, chains, recovery] {
        for (const auto& chain : chains) {
          auto entry = recover_on(chain, recovery);
          entries->push_back(entry ? std::move(*entry) : json{{"error", error_json(entry.error())}});
        }
      },
      [entries, job] { job->succeed({{"chains", *entries}}); });
}

}  // namespace ferry::client
