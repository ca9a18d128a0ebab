#include <utility>

#include "relay/serve/make_offer.hpp"

#include "protocol/content/geometry.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;

namespace {

pricing::SignedQuote sign(const Node& node, pricing::QuoteSubject subject) {
  subject.relay = node.identity.address();
  subject.chunk_bytes = ferry::content::kChunkBytes;
  subject.policy_hash = node.exit_policy.hash();
  pricing::SignedQuote made;
  made.quote = pricing::make_quote(node.settings.tariff, subject, Node::now(), base::Salt::random());
  made.packed = pricing::pack(made.quote);
  made.signature = node.identity.sign(pricing::quote_digest(node.domain_separator, made.quote));
  return made;
}

pricing::Quote send(ClientConnection& connection, base::StreamId stream, const pricing::SignedQuote& made) {
  wire::QuoteMessage message;
  message.stream = stream;
  message.quote = made.packed;
  message.signature = made.signature;
  connection.session().send(std::move(message));
  connection.kick();
  return made.quote;
}

}  // namespace

pricing::Quote make_offer(ClientConnection& connection, const RequestStream& stream, const content::FetchRequest& fetch,
                          const base::RequestHash& request, const base::Address& payer) {
  const auto known = connection.worker().content().peek(fetch);
  pricing::QuoteSubject subject;
  subject.payer = payer;
  subject.request = request;
  subject.known_bytes = known.length.value_or(0);
  subject.cached_bytes = known.held_bytes;
  return send(connection, stream.id, sign(connection.node(), subject));
}

pricing::Quote make_offer(ClientConnection& connection, const TunnelStream& stream, const base::Host& host, const base::Address& payer) {
  pricing::QuoteSubject subject;
  subject.payer = payer;
  subject.request = ferry::content::tunnel_hash(host, stream.asked.port);
  auto& offers = connection.tunnel_offers();
  if (const auto* standing = offers.find(payer, subject.request, Node::now())) return send(connection, stream.id, *standing);
  auto made = sign(connection.node(), subject);
  const auto quote = send(connection, stream.id, made);
  offers.keep(std::move(made), Node::now());
  return quote;
}

bool keeps_limit(const pricing::Quote& quote, const std::optional<wire::PriceLimit>& limit) {
  return limit && quote.hit_per_mib <= limit->hit_per_mib && quote.miss_per_mib <= limit->miss_per_mib && quote.per_request <= limit->per_request;
}

bool keeps_limit(const pricing::Quote& quote, const std::optional<wire::TunnelLimit>& limit) {
  return limit && quote.tunnel_down_per_mib <= limit->down_per_mib && quote.tunnel_up_per_mib <= limit->up_per_mib &&
         quote.per_request <= limit->per_request;
}

asio::awaitable<base::Result<void>> wait_for_acceptance(Sale& sale) {
  const auto give_up_at = Node::now() + wire::kAcceptTimeout;
  while (!sale.stream.accepted) {
    if (Node::now() >= give_up_at) co_return base::fail(base::refusal("quote_expired", "the quote was not accepted in time; ask for a new one"));
    co_await sale.stream.changed.wait(std::chrono::seconds(30));
    if (is_gone(sale.connection, sale.stream) || sale.stream.is_unwanted()) co_return base::fail(cancelled());
  }
  co_return pricing::check_acceptance(sale.quote, Node::now());
}

}  // namespace ferry::relay
