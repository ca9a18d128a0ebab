#include <utility>

#include "relay/serve/serve_request.hpp"

#include <spdlog/spdlog.h>

#include "protocol/content/geometry.hpp"
#include "protocol/content/manifest.hpp"
#include "protocol/content/root_url.hpp"
#include "relay/serve/co_try.hpp"
#include "relay/serve/make_offer.hpp"
#include "relay/serve/sale.hpp"
#include "relay/serve/send_manifest.hpp"
#include "relay/serve/serve_chunk.hpp"
#include "relay/serve/stream_gate.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
using base::Result;

namespace {

/// What may go to an origin in a client's name, and is part of what names the request.
Result<content::FetchRequest> fetch_request(const Node& node, const wire::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    return base::fail(base::refusal("method_not_allowed", "fetch mode carries GET and HEAD only; use a tunnel for " + request.method));
  }
  content::FetchRequest fetch;
  fetch.method = request.method;
  fetch.root = ferry::content::root_of_url(request.url);
  if (!fetch.root) {
    FERRY_TRY(fetch.url, base::Url::parse(request.url));
    FERRY_CHECK(node.exit_policy.check_url(fetch.url));
  }
  for (const auto& [name, value] : request.headers) fetch.headers.push_back({name, value});
  fetch.follow_redirects = wire::follows_redirects(request.kind);
  fetch.first_chunk = request.first_chunk;
  fetch.chunk_count = request.chunk_count;
  fetch.if_validator = request.if_validator;
  return fetch;
}

/// The request fee, the manifest and the body, under an accepted quote.
asio::awaitable<Result<void>> deliver(Sale& sale, content::FetchRequest fetch) {
  FERRY_CO_TRY(const auto fee, co_await wait_for_admission(sale, channels::DeliveryKey::kHead, sale.quote.per_request));
  const bool is_head = fetch.method == "HEAD";
  const std::uint64_t first = fetch.first_chunk;
  const std::uint64_t end = first + std::min(fetch.chunk_count, ferry::content::kMaxChunks - std::min(first, ferry::content::kMaxChunks));
  auto opened = co_await sale.connection.worker().content().open(std::move(fetch));
  if (!opened || is_gone(sale.connection, sale.stream)) {
    sale.connection.node().book.release(fee);
    co_return base::fail(opened ? cancelled() : std::move(opened).error());
  }
  auto& body = **opened;
  sale.outbox->charge(fee, sale.quote.per_request, 0, [&sale, head = body.head(), repeated = fee.redelivery](const LedgerBook::Charged& charged) {
    send_first_manifest(sale, head, charged, repeated);
  });
  if (is_head) co_return co_await sale.outbox->drained();

  std::vector<base::Hash256> served;
  for (std::uint64_t index = first; index < end; ++index) {
    if (body.head().length && index >= ferry::content::chunk_count(*body.head().length)) break;
    FERRY_CO_TRY(const auto hash, co_await serve_chunk(sale, body, base::ChunkIndex{index}));
    if (!hash) break;
    served.push_back(*hash);
  }
  FERRY_CO_CHECK(co_await sale.outbox->drained());
  send_final_manifest(sale, body.final_head(), first, served);
  co_return Result<void>{};
}

asio::awaitable<Result<void>> answer(ClientConnection& connection, RequestStream& stream) {
  const Node& node = connection.node();
  FERRY_CO_CHECK(check_selling(node));
  if (node.settings.log_urls) spdlog::info("request: {} {}", stream.request.method, base::printable(stream.request.url, base::Url::kMaxLength));
  FERRY_CO_TRY(auto fetch, fetch_request(node, stream.request));
  const auto payer = payer_of(connection, stream);
  const bool is_witness = wire::is_witness(stream.request.kind);
  const auto asked = ferry::content::request_hash(fetch.method, fetch.root ? stream.request.url : fetch.url.to_string(), fetch.headers);
  auto quote = make_offer(connection, stream, fetch, is_witness ? ferry::content::witness_hash(asked) : asked, payer);
  const auto chunk_price = pricing::price_of(std::max(quote.hit_per_mib, quote.miss_per_mib), ferry::content::kChunkBytes);
  Sale sale{connection, stream, quote, quote.request, payer, chunk_price, std::make_shared<Outbox>(connection, stream), asked, is_witness};
  if (!keeps_limit(quote, stream.request.accept_up_to)) FERRY_CO_CHECK(co_await wait_for_acceptance(sale));
  FERRY_CO_TRY(sale.payer, check_can_pay(connection, stream));
  connection.node().book.confirm(sale.payer, stream.channel, stream.request.confirmed);
  const auto outcome = co_await deliver(sale, std::move(fetch));
  // What was charged before something failed is sent before that is told.
  if (const auto sent = co_await sale.outbox->drained(); outcome && !sent) co_return sent;
  co_return outcome;
}

}  // namespace

asio::awaitable<void> serve_request(std::shared_ptr<ClientConnection> connection, std::shared_ptr<RequestStream> stream) {
  auto& counters = connection->counters();
  Counters::add(counters.requests);
  Counters::add(counters.streams_open);
  const auto outcome = co_await answer(*connection, *stream);
  end_stream(*connection, *stream, outcome);
  Counters::sub(counters.streams_open);
}

}  // namespace ferry::relay
