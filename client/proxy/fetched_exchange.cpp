#include "client/proxy/fetched_exchange.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "client/front/http_refusal.hpp"
#include "client/front/origin_request.hpp"

namespace ferry::client {

namespace {

/// Half of what a download has under way: a browser runs forty of these.
constexpr std::size_t kChunksAheadOfApp = 4;

}  // namespace

bool can_be_fetched(const HttpRequestHead& head) {
  constexpr std::array<std::string_view, 4> kConditions{"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"};
  if ((head.method != "GET" && head.method != "HEAD") || head.has_body() || head.asks_upgrade()) return false;
  return std::none_of(kConditions.begin(), kConditions.end(), [&head](std::string_view name) { return head.find(name).has_value(); });
}

FetchedExchange::FetchedExchange(ProxyHouse& house, AppSide& app, std::string app_name, HttpRequestHead head)
    : house_(house), app_(app), app_name_(std::move(app_name)), head_(std::move(head)) {}

FetchedExchange::~FetchedExchange() {
  *alive_ = false;
  if (fetch_) fetch_->cancel(base::refusal("cancelled", "the app left"));
}

void FetchedExchange::start() {
  auto headers = fetch_headers(head_);
  if (!headers) {
    app_.socket().write(base::bytes_of(http_refusal(headers.error(), head_.method == "HEAD")));
    return app_.close_when_sent();
  }
  headers_ = std::move(*headers);
  // More than a relay's word is about the whole, and a server may answer a range with it.
  if (head_.method == "GET" && house_.settings().verify.level == content::VerificationLevel::relay) {
    if (const auto field = head_.find("range")) wanted_ = parse_range(*field);
  }
  // Bytes counted from the end, and ranges of one certain version, need a look at what is there now.
  if (wanted_ && (!wanted_->first || head_.find("if-range"))) return look();
  run(head_.method, wanted_ ? std::optional(ByteRange{*wanted_->first, wanted_->last}) : std::nullopt);
}

void FetchedExchange::look() {
  looking_ = true;
  run("HEAD", std::nullopt);
}

void FetchedExchange::run(const std::string& method, std::optional<ByteRange> range) {
  FetchRequest request;
  request.url = head_.target.url->to_string();
  request.method = method;
  request.follow_redirects = false;  // the app must know where it is
  request.headers = headers_;
  request.max_price = house_.settings().max_price;
  request.within = house_.budget_for(app_name_);
  request.range = range;
  request.chunks_ahead = kChunksAheadOfApp;
  request.relays_at_once = house_.settings().relays_at_once;
  request.race = house_.settings().race;
  const auto& wanted = house_.settings().verify;
  request.verify = wanted.level;
  request.quorum = wanted.quorum;
  request.or_relay = wanted.or_relay;
  request.or_tunnel = wanted.or_tunnel;
  FetchCallbacks callbacks;
  callbacks.on_head = [this, alive = alive_](const content::Manifest& head) {
    if (*alive) on_head(head);
  };
  callbacks.on_chunk_data = [this, alive = alive_](std::uint64_t, const wire::Payload& bytes, Task taken) {
    if (*alive) on_chunk(bytes, std::move(taken));
  };
  callbacks.on_charged = [this, weak = house_.weak_from_this(), app = app_name_, host = head_.target.url->host.to_string(), alive = alive_](
                             const std::string& relay, base::Amount charge, std::uint64_t bytes) {
    if (const auto house = weak.lock()) house->note(app, host, relay, Usage{charge, bytes, 0});
    if (*alive) charged_ = charged_.plus_saturated(charge);
  };
  callbacks.on_done = [this, weak = house_.weak_from_this(), alive = alive_](const std::string& receipt, const base::Error* error) {
    if (const auto house = weak.lock(); house && *alive && !looking_) house->note_level(receipt, error);
    if (*alive) on_done(error);
  };
  fetch_ = std::make_shared<Fetch>(house_.core(), house_.finder(), 0, std::move(request), std::move(callbacks), house_.choose_relay(), [](std::uint64_t) {});
  fetch_->start();
}

void FetchedExchange::on_head(const content::Manifest& head) {
  seen_ = head;
  if (looking_) return;
  if (!wanted_ || head.status != 200 || head.length) return answer(head);
  // A part of nobody knows how much cannot be told from a whole: the whole it is, though not from inside the fetch.
  whole_instead_ = true;
  house_.core().loop.post([this, alive = alive_] {
    if (*alive && whole_instead_ && fetch_) fetch_->cancel(base::refusal("cancelled", "the length is not known"));
  });
}

void FetchedExchange::answer(const content::Manifest& head) {
  FetchedResponse response;
  response.status = head.status;
  response.headers = head.headers;
  response.length = head.length;
  const auto& level = house_.settings().verify;
  if (!level.or_relay) response.verification = level.level;
  if (wanted_ && head.status == 200 && head.length) {
    part_ = resolve(*wanted_, *head.length);
    response.part = part_;
  }
  answered_ = fetched_head(head_, response);
  app_.socket().write(base::bytes_of(answered_->text));
}

void FetchedExchange::on_chunk(const wire::Payload& bytes, Task taken) {
  if (whole_instead_) return;
  auto& socket = app_.socket();
  const bool is_chunked = answered_ && answered_->framing == BodyFraming::chunked;
  if (is_chunked) socket.write(base::bytes_of(chunk_start(bytes.bytes.size())));
  socket.write(bytes.bytes);
  if (is_chunked) socket.write(base::bytes_of(std::string_view(kChunkEnd)));
  if (!socket.is_writing()) return taken();
  untaken_.push_back(std::move(taken));
}

void FetchedExchange::on_app_drained() {
  for (const auto& taken : std::exchange(untaken_, {})) taken();
}

void FetchedExchange::on_done(const base::Error* error) {
  // It is on the call stack.
  house_.core().loop.post([last = std::exchange(fetch_, nullptr)] {});
  if (std::exchange(whole_instead_, false)) {
    wanted_.reset();
    return run("GET", std::nullopt);
  }
  if (error != nullptr) {
    // What is paid for reaches the app; that something is missing it sees by the framing, or else by a reset.
    if (answered_) return answered_->framing == BodyFraming::until_close ? app_.close_now() : app_.close_when_sent();
    if (error->code == "content_differs") return app_.carry_instead(head_);
    const bool is_beyond = error->code == "range_not_satisfiable";
    // Which length it is beyond, the app needs to know.
    if (is_beyond && !seen_) return look();
    if (is_beyond && seen_->length) return refuse_range(*seen_->length);
    app_.socket().write(base::bytes_of(http_refusal(*error, head_.method == "HEAD")));
    return app_.close_when_sent();
  }
  if (std::exchange(looking_, false)) return look_for_range(*seen_);
  finish();
}

/// What was asked for means something only now.
void FetchedExchange::look_for_range(const content::Manifest& head) {
  const auto condition = head_.find("if-range");
  const bool holds = !condition || if_range_holds(*condition, head.headers);
  if (!holds || head.status != 200 || !head.length) {
    wanted_.reset();
    return run("GET", std::nullopt);
  }
  const auto part = resolve(*wanted_, *head.length);
  if (!part) return refuse_range(*head.length);
  // From now on these bytes, even if the body is another one by then.
  wanted_ = AskedRange{part->first, part->last, 0};
  run("GET", ByteRange{part->first, part->last});
}

void FetchedExchange::refuse_range(std::uint64_t length) {
  app_.socket().write(base::bytes_of(range_refusal(head_, length)));
  head_.keeps_alive() ? app_.exchange_done() : app_.close_when_sent();
}

void FetchedExchange::finish() {
  if (!answered_) return app_.close_now();
  house_.core().announcer.log(LogLevel::info, app_name_ + ": " + head_.method + " " + base::printable(head_.target.url->to_string(), 200) + ": " +
                                                  std::to_string(seen_->status) + ", " + charged_.to_btt() + " BTT");
  if (answered_->framing == BodyFraming::chunked) {
    app_.socket().write(base::bytes_of(last_chunk(answered_->has_trailer ? std::optional(charged_) : std::nullopt)));
  }
  answered_->keeps_alive ? app_.exchange_done() : app_.close_when_sent();
}

}  // namespace ferry::client
