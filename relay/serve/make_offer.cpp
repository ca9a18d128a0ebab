#include <utility>

#include "relay/serve/make_offer.hpp"

#include "protocol/content/geometry.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;

pricing::Quote make_offer(ClientConnection& connection, const Stream& stream, const content::FetchRequest& fetch,
                          const base::Address& payer) {
  const Node& node = connection.node();
  const auto known = connection.worker().content().peek(fetch);
  pricing::QuoteSubject subject;
  subject.relay = node.identity.address();
  subject.payer = payer;
  subject.request = ferry::content::request_hash(fetch.method, fetch.url.to_string(), fetch.headers);
  subject.chunk_bytes = ferry::content::kChunkBytes;
  subject.known_bytes = known.length.value_or(0);
  subject.cached_bytes = known.held_bytes;
  subject.policy_hash = node.exit_policy.hash();
  auto quote = pricing::make_quote(node.settings.tariff, subject, Node::now(), base::Salt::random());

  wire::QuoteMessage message;
  message.stream = stream.request.stream;
  message.quote = pricing::pack(quote);
  message.signature = node.identity.sign(pricing::quote_digest(node.domain_separator, quote));
  connection.session().send(std::move(message));
  connection.kick();
  return quote;
}

asio::awaitable<base::Result<void>> wait_for_acceptance(Sale& sale) {
  const auto& limit = sale.stream.request.accept_up_to;
  if (limit && sale.quote.hit_per_mib <= limit->hit_per_mib && sale.quote.miss_per_mib <= limit->miss_per_mib &&
      sale.quote.per_request <= limit->per_request) {
    co_return base::Result<void>{};
  }
  const auto give_up_at = Node::now() + wire::kAcceptTimeout;
  while (!sale.stream.accepted) {
    if (Node::now() >= give_up_at) co_return base::fail(base::refusal("quote_expired", "the quote was not accepted in time; ask for a new one"));
    co_await sale.stream.changed.wait(std::chrono::seconds(30));
    if (is_gone(sale.connection, sale.stream)) co_return base::fail(cancelled());
  }
  co_return pricing::check_acceptance(sale.quote, Node::now());
}

}  // namespace ferry::relay
