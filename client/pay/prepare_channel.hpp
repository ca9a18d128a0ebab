#pragma once
// prepare_channel: a channel that may pay one relay for one thing. A relay that has none with us is asked for its offer before: no money moves to one
// that refuses, or whose offer does not suit. Threads: the loop's.

#include <functional>

#include "client/pay/channel_setup.hpp"
#include "client/pay/quote_question.hpp"

namespace ferry::client {

/// On what terms a channel is opened.
struct OpeningTerms {
  Opening opening = Opening::at_any_cost;
  /// As ChannelSetup::prepare() wants it; asked again when the offer is there.
  std::function<base::Amount()> spendable;
  /// Why the offer does not suit, if it does not.
  std::function<base::Result<void>(const pricing::Quote&)> check;
};

/// `core` and `relay` outlive the call back. Never calls back from inside. `terms.check` is asked only where a channel would be opened. Errors: those of
/// ChannelSetup::prepare(), QuoteQuestion and `terms.check`.
void prepare_channel(Core& core, Relay& relay, Question question, OpeningTerms terms, ChannelSetup::Ready ready);

}  // namespace ferry::client
