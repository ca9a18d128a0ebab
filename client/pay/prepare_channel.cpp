#include "client/pay/prepare_channel.hpp"

#include <memory>
#include <utility>

#include "client/relays/relay.hpp"

namespace ferry::client {

using base::Result;

void prepare_channel(Core& core, Relay& relay, Question question, OpeningTerms terms, ChannelSetup::Ready ready) {
  const auto spendable = terms.spendable();
  const auto ask_first = [&core, &relay, question = std::move(question), terms = std::move(terms), ready = std::move(ready)](const Result<void>& found) {
    if (found || found.error().code != kNoChannel) return ready(found);
    const auto answered = [&relay, terms, ready](const Result<pricing::Quote>& quote) {
      if (!quote) return ready(base::fail(quote.error()));
      if (const auto suits = terms.check(*quote); !suits) return ready(suits);
      relay.channel().prepare(terms.spendable(), ready, terms.opening);
    };
    std::make_shared<QuoteQuestion>(core, relay, question, answered)->ask();
  };
  relay.channel().prepare(spendable, ask_first, Opening::never);
}

}  // namespace ferry::client
