#include "client/fetch/price_check.hpp"

#include <algorithm>
#include <string>

#include "pricing/witness_price.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;

namespace {

Result<void> above(const std::string& what, Amount charged, Amount allowed) {
  return base::fail(base::peer_fault("charge_above_quote", "the relay charged " + charged.to_btt() + " BTT for " + what + " that costs at most " +
                                                               allowed.to_btt() + " BTT by its quote: it is not paid, the quote is kept as evidence; use another relay"));
}

}  // namespace

wire::PriceLimit limit_of(Amount max_per_mib) { return {max_per_mib, max_per_mib, max_per_mib}; }

bool keeps(const pricing::Quote& quote, const wire::PriceLimit& limit) {
  return quote.hit_per_mib <= limit.hit_per_mib && quote.miss_per_mib <= limit.miss_per_mib && quote.per_request <= limit.per_request;
}

Result<void> check_limit(const pricing::Quote& quote, const wire::PriceLimit& limit) {
  if (keeps(quote, limit)) return {};
  return base::fail(base::refusal("price_too_high", "the relay asks " + quote.miss_per_mib.to_btt() + " BTT per MiB (" + quote.hit_per_mib.to_btt() +
                                                        " cached) and " + quote.per_request.to_btt() + " BTT per request, the limit is " +
                                                        limit.miss_per_mib.to_btt() + ": raise the limit, or use another relay"));
}

base::Error budget_reached(const Purchase& purchase) {
  return base::refusal("budget_reached", purchase.reached_budget() + " budget is reached; the next chunk may cost " + purchase.chunk_price().to_btt() +
                                             " BTT: fetch again with resume and a larger budget, what arrived is kept where a file was named");
}

base::Error quote_declined() { return base::refusal("quote_declined", "the offer was declined"); }

Result<void> check_chunk_charge(const pricing::Quote& quote, const wire::PriceLimit& dearest, const wire::ChunkMessage& chunk) {
  if (chunk.source > static_cast<std::uint8_t>(pricing::ChunkSource::miss)) {
    return base::fail(base::peer_fault("chunk_source", "the relay names a source of a chunk that does not exist"));
  }
  const auto bytes = chunk.payload.bytes.size();
  if (!chunk.redelivered) return pricing::check_charge(quote, static_cast<pricing::ChunkSource>(chunk.source), bytes, chunk.charge);
  const Amount per_mib = std::max({quote.hit_per_mib, quote.miss_per_mib, dearest.hit_per_mib, dearest.miss_per_mib});
  const Amount allowed = pricing::price_of(per_mib, bytes);
  return chunk.charge <= allowed ? Result<void>{} : above("a repeated chunk", chunk.charge, allowed);
}

Result<void> check_witnessed_charge(const pricing::Quote& quote, const wire::PriceLimit& dearest, const wire::Witnessed& word) {
  if (!word.redelivered) return pricing::check_witness_charge(quote, static_cast<pricing::ChunkSource>(word.source), word.bytes, word.charge);
  pricing::Quote highest = quote;
  highest.hit_per_mib = std::max(quote.hit_per_mib, dearest.hit_per_mib);
  highest.miss_per_mib = std::max(quote.miss_per_mib, dearest.miss_per_mib);
  const Amount allowed = pricing::price_of(pricing::witness_per_mib(highest), word.bytes);
  return word.charge <= allowed ? Result<void>{} : above("a repeated word about a chunk", word.charge, allowed);
}

Result<void> check_fee(const pricing::Quote& quote, const wire::PriceLimit& dearest, const wire::ManifestMessage& manifest) {
  if (manifest.final) return manifest.charge.is_zero() ? Result<void>{} : above("a final manifest", manifest.charge, Amount::zero());
  const Amount allowed = manifest.redelivered ? std::max(quote.per_request, dearest.per_request) : quote.per_request;
  return manifest.charge <= allowed ? Result<void>{} : above("the request", manifest.charge, allowed);
}

}  // namespace ferry::client
