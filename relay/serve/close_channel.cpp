#include <utility>

#include "relay/serve/close_channel.hpp"

#include <spdlog/spdlog.h>

#include "relay/serve/client_connection.hpp"
#include "relay/serve/co_try.hpp"
#include "relay/serve/open_channel.hpp"
#include "relay/serve/sale.hpp"
#include "relay/serve/worker.hpp"
#include "relay/shared/reply.hpp"

namespace ferry::relay {

namespace asio = boost::asio;

namespace {

struct OnLedger {
  std::uint64_t nonce = 0;
  channels::ChainChannel channel;
};
using LedgerAnswer = chain::Outcome<OnLedger>;

/// The nonce first: what it used up is then in the balance.
LedgerAnswer read_both(chain::ChainBackend& backend, const base::ChannelId& id) {
  const auto nonce = backend.refund_nonce(id);
  if (!nonce.is_ok()) return LedgerAnswer::failed(*nonce.error);
  const auto channel = backend.read_channel(id);
  if (!channel.is_ok()) return LedgerAnswer::failed(*channel.error);
  return LedgerAnswer::ok({*nonce.value, *channel.value});
}

asio::awaitable<base::Result<OnLedger>> read_ledger(ClientConnection& connection, base::ChannelId id) {
  const Node& node = connection.node();
  std::function<LedgerAnswer()> read = [&backend = node.backend, id] { return read_both(backend, id); };
  auto answer = co_await run_blocking(connection.worker().io(), node.pool, std::move(read), kChainTimeout);
  if (!answer) co_return base::fail(ledger_unreachable("no answer"));
  if (answer->is_ok()) co_return std::move(*answer->value);
  co_return base::fail(answer->error->kind == base::ErrorKind::refusal ? *answer->error : ledger_unreachable(answer->error->code));
}

asio::awaitable<base::Result<base::Amount>> take_last_voucher(ClientConnection& connection, base::Address payer, channels::Voucher voucher,
                                                              base::Amount confirmed) {
  using Taken = base::Result<base::Amount>;
  Reply<Taken> reply(connection.worker().io());
  connection.node().book.take_voucher(payer, voucher, confirmed, [reply](Taken taken) { reply.deliver(std::move(taken)); });
  auto taken = co_await reply.get(kJournalTimeout);
  if (!taken) co_return base::fail(journal_slow());
  Counters::add(*taken ? connection.counters().vouchers_accepted : connection.counters().vouchers_refused);
  if (!*taken) connection.count_bad_voucher();
  co_return std::move(*taken);
}

asio::awaitable<base::Result<channels::RefundRecord>> mark_closing(ClientConnection& connection, base::Address payer, base::ChannelId id, OnLedger facts) {
  using Marked = base::Result<channels::RefundRecord>;
  Reply<Marked> reply(connection.worker().io());
  connection.node().book.close(payer, id, facts.channel, facts.nonce, [reply](Marked marked) { reply.deliver(std::move(marked)); });
  auto marked = co_await reply.get(kJournalTimeout);
  if (!marked) co_return base::fail(journal_slow());
  co_return std::move(*marked);
}

asio::awaitable<base::Result<wire::CloseSigned>> agree(ClientConnection& connection, wire::CloseChannel message) {
  const Node& node = connection.node();
  FERRY_CO_TRY(const auto config, own_config(connection, message.config));
  const auto id = channels::channel_id(node.domain_separator, config);
  FERRY_CO_TRY(const auto facts, co_await read_ledger(connection, id));
  FERRY_CO_TRY(const auto known, co_await make_known(connection, config, facts.channel, message.confirmed));
  if (message.signature && message.ceiling > known.covered() && known.status == channels::ChannelStatus::open) {
    FERRY_CO_CHECK(co_await take_last_voucher(connection, config.payer, channels::Voucher{id, message.ceiling, *message.signature}, message.confirmed));
  }
  FERRY_CO_TRY(const auto refund, co_await mark_closing(connection, config.payer, id, facts));
  const auto digest = channels::refund_digest(node.domain_separator, id, refund.nonce, refund.amount);
  const auto stands = node.book.find(config.payer, id);
  wire::CloseSigned answer{id, refund.nonce, refund.amount, node.identity.sign(digest), {}, {}};
  if (stands) {
    answer.ceiling = stands->ceiling;
    answer.ceiling_signature = stands->ceiling_signature;
  }
  co_return answer;
}

}  // namespace

asio::awaitable<void> close_channel(std::shared_ptr<ClientConnection> connection, wire::CloseChannel message) {
  const Node& node = connection->node();
  const auto config = channels::unpack_channel_config(base::ByteView{message.config});
  const auto id = config ? channels::channel_id(node.domain_separator, *config) : base::ChannelId{};

  auto agreed = co_await agree(*connection, std::move(message));
  if (agreed) spdlog::info("channel 0x{} is closed by agreement: {} BTT go back", id.hex(), agreed->amount.to_btt());
  if (connection->closed()) co_return;
  if (agreed) {
    connection->session().send(std::move(*agreed));
  } else {
    const bool is_own = config && config->payer_authorizer == connection->session().client_key();
    const auto known = is_own ? node.book.find(config->payer, id) : std::nullopt;
    connection->session().send(wire::CloseRefused{id, agreed.error().code, agreed.error().message, known ? known->ceiling : base::Amount{},
                                                  known ? known->charged : base::Amount{}});
  }
  connection->kick();
}

}  // namespace ferry::relay
