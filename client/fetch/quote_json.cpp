#include "client/fetch/quote_json.hpp"

#include <nlohmann/json.hpp>

namespace ferry::client {

using nlohmann::json;

namespace {

std::string assumption(const pricing::Quote& quote) {
  if (quote.known_bytes == 0) return "the relay does not know the size yet: one request and the price per MiB that it fetches";
  const auto total = std::to_string(quote.known_bytes);
  if (quote.cached_bytes == 0) return "one request for " + total + " bytes, none of them cached";
  return "one request for " + total + " bytes, " + std::to_string(quote.cached_bytes) + " of them still cached when they are asked for";
}

}  // namespace

json quote_json(const std::string& relay, const pricing::Quote& quote) {
  const bool known = quote.known_bytes > 0;
  return {{"relay", relay},
          {"hit_per_mib", quote.hit_per_mib.to_btt()},
          {"miss_per_mib", quote.miss_per_mib.to_btt()},
          {"per_request", quote.per_request.to_btt()},
          {"known_bytes", known ? json(quote.known_bytes) : json(nullptr)},
          {"cached_bytes", quote.cached_bytes},
          {"estimate", known ? json(pricing::estimate(quote, quote.known_bytes, quote.cached_bytes).to_btt()) : json(nullptr)},
          {"assumes", assumption(quote)},
          {"valid_until", quote.valid_until.unix_seconds()}};
}

}  // namespace ferry::client
