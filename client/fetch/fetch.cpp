#include "client/fetch/fetch.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "client/fetch/quote_json.hpp"
#include "client/json_text.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::client {

using base::Result;

namespace {

constexpr std::uint16_t kOk = 200;

bool is_success(std::uint16_t status) { return status >= kOk && status < 300; }

}  // namespace

Fetch::Fetch(Core& core, RelayFinder& finder, std::uint64_t id, FetchRequest request, FetchCallbacks callbacks, std::unique_ptr<RelayChoice> choice,
             JobEnded ended)
    : core_(core),
      finder_(finder),
      id_(id),
      request_(std::move(request)),
      callbacks_(std::move(callbacks)),
      choice_(std::move(choice)),
      ended_(std::move(ended)),
      request_hash_(content::request_hash(request_.method, request_.url, request_.headers)),
      budget_(std::make_shared<Budget>(request_.budget, request_.within)),
      pause_(core.loop),
      late_(core.loop),
      head_late_(core.loop),
      holders_late_(core.loop),
      chunks_(request_.range),
      delivery_(callbacks_, chunks_, *this) {}

Fetch::~Fetch() { drop_lanes(); }

void Fetch::start() {
  if (over_) return;  // cancelled before
  started_ns_ = progress_ns_ = uv_hrtime();
  receipt_.url = request_.url;
  digests_.of_user = request_.sha256;
  if (request_.verify == content::VerificationLevel::content_address && !request_.root) {
    return fail(base::refusal("verification_not_reached", "only what is asked for by its root can be verified by it: ask for root:HEX"));
  }
  if (request_.verify == content::VerificationLevel::origin_digest && !request_.root) digests_.least = request_.verify;
  if (digests_.is_needed()) delivery_.hash_body();
  make_quorum();
  if (const auto possible = check_range(request_); !possible) return fail(possible.error());
  request_.root ? prefer_holders(*request_.root, &Fetch::begin) : begin();
}

/// Who is said to hold the object is asked before others from now on.
void Fetch::prefer_holders(const base::Hash256& root, void (Fetch::*then)()) {
  finder_.find_holders(root, [self = weak_from_this(), then](const std::vector<Relay*>& holders) {
    const auto fetch = self.lock();
    if (!fetch || fetch->over_) return;
    fetch->choice_->prefer(holders);
    (*fetch.*then)();
  });
}

void Fetch::begin() {
  if (!request_.file || request_.method == "HEAD") return attempt();
  file_ = std::make_unique<FileSink>(core_.loop, *request_.file);
  delivery_.write_to(*file_);
  file_->open(request_.url, request_.resume, [self = weak_from_this()](Result<FileSink::Opened> opened) {
    const auto fetch = self.lock();
    if (!fetch || fetch->over_) return;
    if (!opened) return fetch->fail(opened.error());
    fetch->take_up(*opened);
  });
}

/// What an earlier fetch left is as good as what this one brings.
void Fetch::take_up(const FileSink::Opened& opened) {
  if (!opened.why_not.empty()) {
    core_.announcer.event("fetch_restarted", "the earlier part of this file cannot be used (" + opened.why_not + "): the fetch starts from the beginning",
                          {{"id", id_}, {"name", opened.why_not}});
  }
  // Nobody knows any more who vouched for what an earlier fetch left.
  if (quorum_ && !opened.state.chunks.empty()) return start_over(base::refusal("quorum_anew", "what is there was not vouched for by other relays"));
  for (const auto& [index, hash] : opened.state.chunks) chunks_.put(base::ChunkIndex{index}, hash);
  validator_ = opened.state.validator;
  length_ = opened.state.length;
  // With every chunk there, one is asked for again, so that a relay's signed word about the whole is heard.
  if (length_ && *length_ > 0 && chunks_.is_complete(length_)) chunks_.drop(base::ChunkIndex{content::chunk_count(*length_) - 1});
  for (const auto& [index, hash] : chunks_.present()) {
    receipt_.resumed_from += length_ ? content::chunk_size(base::ChunkIndex{index}, *length_) : content::kChunkBytes;
  }
  receipt_.bytes = receipt_.resumed_from;
  receipt_.chunks = chunks_.present().size();
  if (!chunks_.is_empty()) show_progress();
  attempt();
}

/// From the start, or on: one relay, the first that works.
void Fetch::attempt() {
  auto* relay = choice_->best({});
  if (relay == nullptr) return fail(choice_->summary());
  add_lane(*relay);
  if (head_known_) return;
  call_helpers();
  watch_head();
  if (request_.race) add_rival();
}

void Fetch::on_lane_ready(Lane& lane, const Result<void>& ready) {
  if (over_) return;
  if (!ready) return go_on_after(lane, ready.error());
  if (is_only() && !head_known_) watch_head();  // its request goes out now
  if (head_known_ && !is_only() && delivery_.is_in_order()) shorten_runs();  // rivals are each asked for all
  watch_late();
  feed(lane);
  if (!is_only()) complete_if_all();  // it may be the first that can be asked about the whole
}

Result<void> Fetch::open(Lane& lane, const Run& run) {
  StreamOrder order;
  order.request = request_;
  if (!is_only()) order.request.chunks_ahead = lane.ahead(request_.chunks_ahead);
  order.request_hash = request_hash_;
  if (!chunks_.is_empty() || head_known_) order.if_validator = validator_;
  // Whether anybody vouches for the body as well as is wanted, and whether it has the range at all, its head tells.
  order.after_head = digests_.least > content::VerificationLevel::relay || (!head_shown_ && chunks_.begins_within_chunk());
  if (const bool is_rival = !head_known_ && !is_only(); is_rival && request_.race) {
    order.request.chunks_ahead = 1;
  } else if (is_rival) {
    order.after_head = true;  // the rivals' bodies are not both wanted
  }
  if (!head_known_ && chunks_.is_empty() && delivery_.under_way().empty()) delivery_.start_at(run.first);
  if (quorum_) FERRY_CHECK(watch(lane, run, order));
  FERRY_CHECK(lane.open(std::move(order), run));
  for (const auto& [index, hash] : chunks_.present()) lane.adopt(base::ChunkIndex{index}, hash);
  return {};
}

bool Fetch::on_offer(Lane& lane, const pricing::Quote& quote) {
  const auto relay = lane.relay().text();
  auto offer = quote_json(relay, quote);
  if (callbacks_.on_quote && !callbacks_.on_quote(json_text(offer))) return false;
  core_.announcer.event("quote_accepted", "quote of " + relay + " accepted: " + quote.miss_per_mib.to_btt() + " BTT per MiB",
                        {{"relay", relay},
                         {"id", id_},
                         {"hit_per_mib", quote.hit_per_mib.to_btt()},
                         {"miss_per_mib", quote.miss_per_mib.to_btt()},
                         {"per_request", quote.per_request.to_btt()}});
  return true;
}

/// What is there already, or comes from elsewhere, must belong to the same object; without a validator nobody can tell.
Result<void> Fetch::check_same_object(const content::Manifest& manifest) const {
  if (request_.root || (chunks_.is_empty() && !head_known_)) return {};  // a root is the same wherever it comes from
  if (validator_.empty()) {
    return base::fail(base::refusal("no_validator", "the origin does not say whether the object is still the one that this fetch began with"));
  }
  if (manifest.validator == validator_ && (!length_ || !manifest.length || *manifest.length == *length_)) return {};
  return base::fail(base::refusal("object_changed", "the object at its origin is not the one any more that this fetch began with"));
}

/// A range is one of the object: an error page is delivered whole.
Result<void> Fetch::fit_range(const content::Manifest& manifest) {
  if (!request_.range) return {};
  const bool has_range = manifest.status == kOk;
  if (!has_range && !head_shown_ && chunks_.asks_for_whole(manifest.length)) chunks_ = ChunkRun();
  if (has_range == chunks_.is_whole()) {
    return base::fail(base::refusal("range_other_status", "the range is only for status 200, and the origin answers with " + std::to_string(manifest.status)));
  }
  if (!manifest.length || chunks_.fits(*manifest.length)) return {};
  return base::fail(base::refusal("range_not_satisfiable", "the body has " + std::to_string(*manifest.length) + " bytes and ends before the range"));
}

Result<void> Fetch::on_head(Lane& lane, const content::BodyVerifier& said, bool is_first) {
  const auto& manifest = *said.manifest();
  if (is_first) FERRY_CHECK(check_same_object(manifest));
  if (!is_only() && head_known_ && &lane.relay() != head_relay_) return {};  // it means the same object: what is known of that holds
  head_relay_ = &lane.relay();
  FERRY_CHECK(fit_range(manifest));
  receipt_.status = manifest.status;
  if (file_ && !is_success(manifest.status)) {
    return base::fail(base::refusal("http_status", "the origin answers with status " + std::to_string(manifest.status) + ", so no file is written: check the URL"));
  }
  digests_.of_origin = chunks_.is_whole() ? origin_digest(manifest.headers) : std::nullopt;
  if (digests_.is_needed()) delivery_.hash_body();
  if (request_.method != "HEAD" && digests_.level() < digests_.least) FERRY_CHECK(digests_.check(base::Hash256{}));
  if (file_ && (validator_ != manifest.validator || length_ != manifest.length)) file_->note_head(manifest.validator, manifest.length);
  validator_ = manifest.validator;
  if (manifest.length) length_ = manifest.length;
  if (!std::exchange(head_known_, true)) {
    head_late_.stop();
    drop_rivals(lane);
    lane.set_ahead(request_.chunks_ahead);
    core_.loop.post([self = weak_from_this()] {  // later: this is said from inside a lane
      if (const auto fetch = self.lock()) fetch->find_helpers();
    });
  }
  head_ = manifest;
  if (!quorum_) show_head();
  return {};
}

void Fetch::show_head() {
  if (!std::exchange(head_shown_, true) && callbacks_.on_head) callbacks_.on_head(*head_);
}

void Fetch::on_fee(Lane& lane, base::Amount charge) {
  const auto relay = lane.relay().text();
  if (callbacks_.on_charged) callbacks_.on_charged(relay, charge, 0);
  auto& entry = receipt_.from(relay);
  entry.charged = entry.charged.plus_saturated(charge);
}

void Fetch::on_refused_chunk(Lane& lane) { ++receipt_.from(lane.relay().text()).refused_chunks; }

bool Fetch::is_there(base::ChunkIndex index) const { return chunks_.present().contains(index.value) || delivery_.has(index); }

void Fetch::on_chunk(Lane& lane, OwedChunk chunk, Task taken) {
  const auto relay = lane.relay().text();
  if (callbacks_.on_charged) callbacks_.on_charged(relay, chunk.charge, chunk.payload.bytes.size());
  auto& entry = receipt_.from(relay);
  entry.charged = entry.charged.plus_saturated(chunk.charge);
  ++entry.chunks;
  if (chunk.hit) ++entry.cache_hits;
  if (over_) return;
  if (is_there(chunk.index)) return taken();  // it was asked for twice, and this one is the later
  if (const auto seconds = lane.last_seconds()) waits_.add(*seconds);
  if (!is_only()) lane.set_ahead(lane.ahead(request_.chunks_ahead));
  show_head();  // with a quorum the first head may be a liar's: what it says holds when a chunk of the same object was vouched for
  if (const auto agreed = agree_on(lane, chunk); !agreed) return start_over(agreed.error());
  delivery_.add({std::move(chunk), std::move(taken)});
}

/// Every relay that brings a part must mean the same body: the others' hashes, as far as they are known, and this chunk's. Where a quorum vouches for
/// each chunk, who means another body is found by its own.
Result<void> Fetch::agree_on(const Lane& bringer, const OwedChunk& chunk) {
  if (quorum_ && !quorum_->fell_back()) return {};
  for (const auto& lane : lanes_) {
    if (lane->adopt(chunk.index, chunk.hash)) continue;
    return base::fail(base::refusal("relays_differ", bringer.relay().text() + " and " + lane->relay().text() + " do not mean the same body by chunk " +
                                                         std::to_string(chunk.index.value)));
  }
  return {};
}

void Fetch::on_delivered(const ArrivedChunk& arrived, std::size_t bytes) {
  chunks_.put(arrived.chunk.index, arrived.chunk.hash);
  receipt_.bytes += bytes;
  ++receipt_.chunks;
  progress_ns_ = uv_hrtime();
  show_progress();
  arrived.taken();
  if (over_) return;
  if (!is_only()) feed_idle();
  act_on_ends();
}

void Fetch::on_not_delivered(const base::Error& error) { fail(error); }

void Fetch::show_progress() {
  if (!callbacks_.on_progress) return;
  const auto total = length_ ? std::optional(chunks_.bytes_of(*length_)) : std::nullopt;
  callbacks_.on_progress(FetchProgress{receipt_.bytes, total, receipt_.resumed_from, receipt_.charged()});
}

}  // namespace ferry::client
