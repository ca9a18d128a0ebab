#pragma once
// QuoteQuestion: asks one relay what a request or a tunnel would cost there, and accepts nothing. It needs no channel: without one the offer is made to
// the session's own key, which is enough to look at it. Threads: the loop's.

#include <functional>
#include <memory>
#include <optional>

#include "client/core.hpp"
#include "client/loop/timer.hpp"
#include "client/relays/relay.hpp"
#include "pricing/quote.hpp"

namespace ferry::client {

/// What is asked.
struct Question {
  base::RequestHash request;  ///< what the quote must be about
  /// Opens a stream that asks for it, accepts nothing unseen and names the channel, which may be zero.
  std::function<base::Result<base::StreamId>(Session& session, const base::ChannelId& channel, StreamListener& listener)> open;
};

class QuoteQuestion final : public std::enable_shared_from_this<QuoteQuestion>, private StreamListener {
 public:
  using Answered = std::function<void(const base::Result<pricing::Quote>&)>;

  /// `core` and `relay` outlive this; it keeps itself alive until it has an answer.
  QuoteQuestion(Core& core, Relay& relay, Question question, Answered answered);

  /// Once. Connects if need be. The quote is signed, fresh, and about what was asked. Errors: those of Relay::connect() and check_quote();
  /// what the relay refuses; environment "relay_silent".
  void ask();

 private:
  void open_stream();
  base::Result<pricing::Quote> check(const wire::QuoteMessage& message) const;
  void answer(const base::Result<pricing::Quote>& quote);

  void on_message_bytes(std::size_t) override {}
  void on_quote(wire::QuoteMessage message) override;
  void on_done() override;
  void on_refused(wire::Refused message) override;
  void on_lost(const base::Error& error) override;

  Core& core_;
  Relay& relay_;
  Question question_;
  Answered answered_;
  Timer timer_;
  base::Address payer_;
  std::optional<base::StreamId> stream_;
  std::shared_ptr<QuoteQuestion> myself_;
};

}  // namespace ferry::client
