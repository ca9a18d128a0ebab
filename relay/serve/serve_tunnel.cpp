#include <utility>

#include "relay/serve/serve_tunnel.hpp"

#include <spdlog/spdlog.h>

#include "pricing/tunnel_price.hpp"
#include "protocol/content/geometry.hpp"
#include "relay/serve/carry_tunnel.hpp"
#include "relay/serve/co_try.hpp"
#include "relay/serve/connect_tunnel.hpp"
#include "relay/serve/make_offer.hpp"
#include "relay/serve/sale.hpp"
#include "relay/serve/stream_gate.hpp"
#include "relay/serve/tunnel_meter.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
using base::Result;

namespace {

/// Under an accepted quote. Nothing is contacted before the payer's credit allows the first bytes.
asio::awaitable<Result<void>> deliver(Sale& sale, TunnelStream& stream, TunnelMeter& meter, base::Host host) {
  FERRY_CO_CHECK(co_await meter.admit(stream.asked.window + stream.up.size()));
  auto connecting = connect_tunnel(sale.connection.worker(), std::move(host), stream.asked.port);
  FERRY_CO_TRY(const auto origin, co_await std::move(connecting));
  if (is_gone(sale.connection, stream) || stream.reset) co_return base::fail(cancelled());
  stream.opened = true;
  sale.connection.session().send(wire::TunnelOpened{stream.id});
  sale.connection.kick();
  const auto outcome = co_await carry_tunnel(sale, stream, meter, *origin);
  meter.settle();
  co_return outcome;
}

asio::awaitable<Result<void>> answer(ClientConnection& connection, TunnelStream& stream) {
  const Node& node = connection.node();
  FERRY_CO_CHECK(check_selling(node));
  FERRY_CO_TRY(const auto host, base::Host::parse(stream.asked.host));
  FERRY_CO_CHECK(node.exit_policy.check_host(host, stream.asked.port));
  if (node.settings.log_urls) spdlog::info("tunnel: {}:{}", host.to_string(), stream.asked.port);
  const auto payer = payer_of(connection, stream);
  auto quote = make_offer(connection, stream, host, payer);
  const auto chunk_price = pricing::price_of(pricing::tunnel_per_mib(quote), ferry::content::kChunkBytes);
  Sale sale{connection, stream, quote, quote.request, payer, chunk_price, std::make_shared<Outbox>(connection, stream), quote.request};
  if (!keeps_limit(quote, stream.asked.accept_up_to)) FERRY_CO_CHECK(co_await wait_for_acceptance(sale));
  FERRY_CO_TRY(sale.payer, check_can_pay(connection, stream));
  node.book.confirm(sale.payer, stream.channel, stream.asked.confirmed);
  TunnelMeter meter(sale);
  const auto outcome = co_await deliver(sale, stream, meter, host);
  // What was charged is told before the end is.
  if (const auto sent = co_await sale.outbox->drained(); outcome && !sent) co_return sent;
  co_return outcome;
}

}  // namespace

asio::awaitable<void> serve_tunnel(std::shared_ptr<ClientConnection> connection, std::shared_ptr<TunnelStream> stream) {
  auto& counters = connection->counters();
  Counters::add(counters.tunnels);
  Counters::add(counters.tunnels_open);
  Counters::add(counters.streams_open);
  auto outcome = co_await answer(*connection, *stream);
  connection->up_released(stream->up.size());
  if (stream->reset && stream->opened) outcome = {};  // as the client wished; done may only follow opened
  if (stream->broken) outcome = base::fail(*stream->broken);
  end_stream(*connection, *stream, outcome);
  Counters::sub(counters.streams_open);
  Counters::sub(counters.tunnels_open);
}

}  // namespace ferry::relay
