// quote_url: asks every relay for an offer and accepts none.

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "client/fetch/fetch_offer.hpp"
#include "client/fetch/quote_json.hpp"
#include "client/jobs/jobs.hpp"
#include "client/json_text.hpp"

namespace ferry::client {

using base::Result;
using nlohmann::json;

namespace {

struct Round {
  std::size_t missing = 0;
  std::vector<json> answers;
  std::vector<base::Error> errors;  ///< in the order of the relays, however they answered
  bool has_quote = false;
};

}  // namespace

void quote_url(Core& core, KnownRelays& relays, const FetchRequest& request, const ResultJobPtr& job) {
  const auto asked = relays.usable(request.relays);
  auto round = std::make_shared<Round>();
  round->missing = asked.size();
  round->answers.resize(asked.size());
  round->errors.resize(asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto answered = [round, job, i, relay = asked[i]->text(), url = request.url](const Result<pricing::Quote>& quote) {
      if (quote) {
        round->answers[i] = quote_json(relay, *quote);
        round->has_quote = true;
      } else {
        round->answers[i] = {{"relay", relay}, {"error", error_json(quote.error())}};
        round->errors[i] = quote.error();
      }
      if (--round->missing > 0) return;
      if (!round->has_quote) return job->fail(round->errors.back());
      job->succeed({{"url", url}, {"quotes", round->answers}});
    };
    std::make_shared<QuoteQuestion>(core, *asked[i], question_of(request), answered)->ask();
  }
}

}  // namespace ferry::client
