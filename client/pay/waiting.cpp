#include "client/pay/waiting.hpp"

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "client/json_text.hpp"
#include "client/loop/wait_for_loop.hpp"
#include "client/pay/withdraw.hpp"

namespace ferry::client {

using channels::PayerChannel;

namespace {

constexpr base::Duration kTellAgain{30'000};

}  // namespace

MakeDurable durable_in(PayerBook& book) {
  return [&book](auto make) { return book.append_and_wait(std::move(make)); };
}

std::function<Waiting(const Ledger&)> waiting_for(Core& core, std::string purpose) {
  const auto tell = [loop = &core.loop, announcer = core.announcer, purpose = std::move(purpose), next = std::make_shared<base::Duration>(0)](
                        const WaitingTransaction& transaction) {
    if (transaction.waited < *next) return;
    *next = transaction.waited + kTellAgain;
    loop->post([announcer, purpose, transaction] {
      const auto seconds = transaction.waited.count() / 1000;
      announcer.event("transaction_waits", "the " + purpose + " is sent, and waits for the chain since " + std::to_string(seconds) + " s: " + transaction.why.message,
                      {{"purpose", purpose}, {"transaction", hex_id(transaction.id)}, {"seconds", seconds}, {"name", transaction.why.code}});
    });
  };
  return [tell, blocking = &core.blocking, patience = core.settings.patience](const Ledger& ledger) {
    return Waiting{ledger.patience, patience.look_again, patience.outbid_after, [blocking] { return blocking->is_stopping(); }, tell};
  };
}

base::Result<PayerChannel> channel_now(Loop& loop, const PayerBook& book, const base::ChannelId& id) {
  using Answer = base::Result<PayerChannel>;
  return wait_for_loop<Answer>(loop, base::fail(base::environment("client_closing", "the client is being closed")), [&book, id](const auto& reply) {
    const auto* channel = book.ledger().find(id);
    if (channel == nullptr) return reply(base::fail(base::refusal("channel_unknown", "the wallet has no such channel: list them (wallet channels)")));
    reply(*channel);
  });
}

base::Result<void> finish_all(const Ledger& ledger, Loop& loop, PayerBook& book, const base::SecretKey& wallet, const Waiting& waiting) {
  if (ledger.patience == base::Duration{0}) return {};
  using Answer = base::Result<std::vector<std::pair<base::ChannelId, PayerChannel>>>;
  const base::Error closing = base::environment("client_closing", "the client is being closed");
  FERRY_TRY(const auto unfinished, wait_for_loop<Answer>(loop, base::fail(closing), [&book](const auto& reply) {
    Answer list;
    for (const auto& [id, channel] : book.ledger().channels()) {
      if (!channel.raw_transaction.empty() || !channel.withdrawal.empty()) list->emplace_back(id, channel);
    }
    reply(std::move(list));
  }));
  for (const auto& [id, channel] : unfinished) FERRY_CHECK(finish_recorded(*ledger.backend, id, channel, wallet, durable_in(book), waiting));
  return {};
}

}  // namespace ferry::client
