#include "client/pay/quote_question.hpp"

#include <utility>

#include "client/relays/refusal.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::client {

using base::Result;

QuoteQuestion::QuoteQuestion(Core& core, Relay& relay, Question question, Answered answered)
    : core_(core), relay_(relay), question_(std::move(question)), answered_(std::move(answered)), timer_(core.loop) {}

void QuoteQuestion::ask() {
  relay_.connect([self = shared_from_this()](const Result<void>& connected) {
    if (!connected) return self->answer(base::fail(connected.error()));
    self->open_stream();
  });
}

void QuoteQuestion::open_stream() {
  base::ChannelId channel;
  payer_ = core_.keys.session().address();
  if (const auto* named = relay_.channel().named()) {
    channel = named->id;
    payer_ = named->book->ledger().find(named->id)->config.payer;
  }
  const auto opened = question_.open(*relay_.session(), channel, *this);
  if (!opened) return answer(base::fail(opened.error()));
  stream_ = *opened;
  myself_ = shared_from_this();  // the session knows only a reference
  timer_.start(core_.settings.patience.answer, [this] { answer(base::fail(base::environment("relay_silent", "the relay makes no offer: ask another one"))); });
}

Result<pricing::Quote> QuoteQuestion::check(const wire::QuoteMessage& message) const {
  FERRY_TRY(auto quote, pricing::unpack_quote(base::ByteView{message.quote}));
  const auto& welcome = relay_.session()->welcome();
  pricing::QuoteSubject subject;
  subject.relay = relay_.address();
  subject.payer = payer_;
  subject.request = question_.request;
  subject.chunk_bytes = content::kChunkBytes;
  const auto separator = base::domain_separator(base::Domain{welcome.chain_id, welcome.contract});
  FERRY_CHECK(pricing::check_quote(separator, quote, message.signature, subject, core_.now()));
  return quote;
}

void QuoteQuestion::answer(const Result<pricing::Quote>& quote) {
  timer_.stop();
  if (stream_ && relay_.session() != nullptr) relay_.session()->cancel(*stream_);
  stream_.reset();
  if (quote) relay_.set_last_quote(*quote);
  if (auto tell = std::exchange(answered_, nullptr)) tell(quote);
  // This may be on the call stack.
  core_.loop.post([last = std::exchange(myself_, nullptr)] {});
}

void QuoteQuestion::on_quote(wire::QuoteMessage message) { answer(check(message)); }

void QuoteQuestion::on_done() { on_lost(base::peer_fault("message_order", "the relay ended a request without an offer")); }

void QuoteQuestion::on_refused(wire::Refused message) {
  stream_.reset();
  answer(base::fail(error_of(std::move(message))));
}

void QuoteQuestion::on_lost(const base::Error& error) {
  stream_.reset();
  answer(base::fail(error));
}

}  // namespace ferry::client
