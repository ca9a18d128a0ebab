// quote_url: asks every relay for an offer and accepts none.

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "client/fetch/quote_json.hpp"
#include "client/jobs/jobs.hpp"
#include "client/json_text.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::client {

using base::Result;
using nlohmann::json;

namespace {

/// The question to one relay. Without a channel the offer is made to the session's own key, which is enough to look at it.
class QuoteQuestion final : public std::enable_shared_from_this<QuoteQuestion>, private StreamListener {
 public:
  using Answered = std::function<void(const Result<pricing::Quote>&)>;

  QuoteQuestion(Core& core, Relay& relay, FetchRequest request, Answered answered)
      : core_(core), relay_(relay), request_(std::move(request)), answered_(std::move(answered)), timer_(core.loop) {}

  void ask() {
    relay_.connect([self = shared_from_this()](const Result<void>& connected) {
      if (!connected) return self->answer(base::fail(connected.error()));
      self->open_stream();
    });
  }

 private:
  void open_stream() {
    wire::Request message;
    message.method = request_.method;
    message.url = request_.url;
    for (const auto& field : request_.headers) message.headers.emplace_back(field.name, field.value);
    payer_ = core_.keys.session().address();
    if (const auto* named = relay_.channel().named()) {
      message.channel = named->id;
      payer_ = named->book->ledger().find(named->id)->config.payer;
    }
    const auto opened = relay_.session()->open_stream(std::move(message), *this);
    if (!opened) return answer(base::fail(opened.error()));
    stream_ = *opened;
    myself_ = shared_from_this();  // the session knows only a reference
    timer_.start(core_.settings.patience.answer, [this] { answer(base::fail(base::environment("relay_silent", "the relay makes no offer: ask another one"))); });
  }

  Result<pricing::Quote> check(const wire::QuoteMessage& message) const {
    FERRY_TRY(auto quote, pricing::unpack_quote(base::ByteView{message.quote}));
    const auto& welcome = relay_.session()->welcome();
    pricing::QuoteSubject subject;
    subject.relay = relay_.address();
    subject.payer = payer_;
    subject.request = content::request_hash(request_.method, request_.url, request_.headers);
    subject.chunk_bytes = content::kChunkBytes;
    const auto separator = base::domain_separator(base::Domain{welcome.chain_id, welcome.contract});
    FERRY_CHECK(pricing::check_quote(separator, quote, message.signature, subject, core_.now()));
    return quote;
  }

  void answer(const Result<pricing::Quote>& quote) {
    timer_.stop();
    if (stream_ && relay_.session() != nullptr) relay_.session()->cancel(*stream_);
    stream_.reset();
    if (quote) relay_.set_last_quote(*quote);
    if (auto tell = std::exchange(answered_, nullptr)) tell(quote);
    // This may be on the call stack.
    core_.loop.post([last = std::exchange(myself_, nullptr)] {});
  }

  void on_message_bytes(std::size_t) override {}
  void on_quote(wire::QuoteMessage message) override { answer(check(message)); }
  void on_manifest(wire::ManifestMessage) override {}
  void on_hashes(wire::Hashes) override {}
  void on_chunk(wire::ChunkMessage) override {}
  void on_done() override { on_lost(base::peer_fault("message_order", "the relay ended a request without an offer")); }
  void on_refused(wire::Refused message) override {
    stream_.reset();
    message.error.message = "the relay refused: " + base::printable(message.error.message);
    answer(base::fail(std::move(message.error)));
  }
  void on_lost(const base::Error& error) override {
    stream_.reset();
    answer(base::fail(error));
  }

  Core& core_;
  Relay& relay_;
  FetchRequest request_;
  Answered answered_;
  Timer timer_;
  base::Address payer_;
  std::optional<base::StreamId> stream_;
  std::shared_ptr<QuoteQuestion> myself_;
};

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
    std::make_shared<QuoteQuestion>(core, *asked[i], request, answered)->ask();
  }
}

}  // namespace ferry::client
