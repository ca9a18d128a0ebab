#include <utility>

#include "relay/serve/open_channel.hpp"

#include "relay/serve/client_connection.hpp"
#include "relay/serve/co_try.hpp"
#include "relay/serve/sale.hpp"
#include "relay/serve/withdraw_delay.hpp"
#include "relay/serve/worker.hpp"
#include "relay/shared/reply.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
using ChainAnswer = chain::Outcome<channels::ChainChannel>;

namespace {

asio::awaitable<base::Result<channels::ChainChannel>> read_chain(asio::io_context& io, const Node& node, base::ChannelId id) {
  std::function<ChainAnswer()> read = [&backend = node.backend, id] { return backend.read_channel(id); };
  auto answer = co_await run_blocking(io, node.pool, std::move(read), kChainTimeout);
  if (!answer) co_return base::fail(ledger_unreachable("no answer"));
  if (!answer->is_ok()) co_return base::fail(ledger_unreachable(answer->error ? answer->error->code : "unknown"));
  co_return *answer->value;
}

asio::awaitable<base::Result<channels::RelayChannel>> confirm_channel(ClientConnection& connection, wire::OpenChannel message) {
  const Node& node = connection.node();
  FERRY_CO_TRY(const auto config, own_config(connection, message.config));
  const auto id = channels::channel_id(node.domain_separator, config);
  const bool is_known = node.book.find(config.payer, id).has_value();  // and keeps what it was taken with
  if (!is_known) FERRY_CO_CHECK(check_withdraw_delay(config, node.settings.ledger.withdraw_delay_seconds));
  FERRY_CO_TRY(const auto on_chain, co_await read_chain(connection.worker().io(), node, id));
  co_return co_await make_known(connection, config, on_chain, message.confirmed);
}

}  // namespace

base::Error ledger_unreachable(const std::string& why) {
  return base::environment("ledger_unreachable", "the relay cannot read its ledger now (" + why + "); try again in a minute");
}

base::Result<channels::ChannelConfig> own_config(ClientConnection& connection, const base::Bytes& packed) {
  FERRY_TRY(const auto config, channels::unpack_channel_config(base::ByteView{packed}));
  if (config.payer_authorizer != connection.session().client_key()) {
    return base::fail(base::refusal("channel_of_another_key", "this session is authenticated by another key than the channel's"));
  }
  return config;
}

asio::awaitable<base::Result<channels::RelayChannel>> make_known(ClientConnection& connection, channels::ChannelConfig config,
                                                                 channels::ChainChannel on_chain, base::Amount confirmed) {
  Reply<LedgerBook::ChannelResult> reply(connection.worker().io());
  connection.node().book.open(config, on_chain, confirmed, [reply](LedgerBook::ChannelResult result) { reply.deliver(std::move(result)); });
  auto opened = co_await reply.get(kJournalTimeout);
  if (!opened) co_return base::fail(journal_slow());
  co_return std::move(*opened);
}

asio::awaitable<void> open_channel(std::shared_ptr<ClientConnection> connection, wire::OpenChannel message) {
  wire::ChannelState state;
  const auto config = channels::unpack_channel_config(base::ByteView{message.config});
  if (config) state.channel = channels::channel_id(connection->node().domain_separator, *config);

  auto opened = co_await confirm_channel(*connection, std::move(message));
  if (connection->closed()) co_return;
  if (!opened) {
    state.code = opened.error().code;
    state.message = opened.error().message;
  } else {
    const Node& node = connection->node();
    connection->add_channel(state.channel, PayingChannel{opened->config, opened->confirmed});
    const auto chunk_price = pricing::price_of(node.settings.tariff.clamped(node.settings.tariff.miss), 256 * 1024);
    state.open = opened->status == channels::ChannelStatus::open;
    if (!state.open) {
      state.code = "channel_not_open";
      state.message = "the channel is closed or being closed, or a withdrawal is pending; open a new one";
    }
    state.balance = opened->chain.balance;
    state.total_claimed = opened->chain.total_claimed;
    state.charged = opened->charged;
    state.ceiling = opened->ceiling;
    state.ceiling_signature = opened->ceiling_signature;
    state.credit_chunks = node.book.credit_chunks(opened->config.payer, chunk_price);
  }
  connection->session().send(std::move(state));
  connection->kick();
}

}  // namespace ferry::relay
