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

Fetch::Fetch(Core& core, std::uint64_t id, FetchRequest request, FetchCallbacks callbacks, std::unique_ptr<RelayChoice> choice, JobEnded ended)
    : core_(core),
      id_(id),
      request_(std::move(request)),
      callbacks_(std::move(callbacks)),
      choice_(std::move(choice)),
      ended_(std::move(ended)),
      request_hash_(content::request_hash(request_.method, request_.url, request_.headers)),
      budget_(std::make_shared<Budget>(request_.budget, request_.within)),
      pause_(core.loop),
      chunks_(request_.range) {}

Fetch::~Fetch() {
  if (stream_) stream_->drop();
}

void Fetch::start() {
  started_ns_ = progress_ns_ = uv_hrtime();
  receipt_.url = request_.url;
  digests_.of_user = request_.sha256;
  if (request_.verify == content::VerificationLevel::content_address && !request_.root) {
    return fail(base::refusal("verification_not_reached", "only what is asked for by its root can be verified by it: ask for root:HEX"));
  }
  if (request_.verify == content::VerificationLevel::origin_digest && !request_.root) digests_.least = request_.verify;
  make_quorum();
  if (const auto possible = check_range(request_); !possible) return fail(possible.error());
  if (!request_.file || request_.method == "HEAD") return attempt();
  file_ = std::make_unique<FileSink>(core_.loop, *request_.file);
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

void Fetch::attempt() {
  auto* relay = choice_->current();
  if (relay == nullptr) return fail(choice_->summary());
  const auto spendable = std::min(budget_->left(), core_.budget.left());
  relay->channel().prepare(spendable, [self = weak_from_this()](const Result<void>& ready) {
    const auto fetch = self.lock();
    if (!fetch || fetch->over_) return;
    if (ready) return fetch->open_stream();
    fetch->relay_ = fetch->choice_->current();
    fetch->go_on_after(ready.error());
  });
}

void Fetch::open_stream() {
  relay_ = choice_->current();
  const auto* named = relay_->channel().named();
  if (named == nullptr || relay_->session() == nullptr) return go_on_after(base::environment("relay_lost", "the relay left before it was asked"));
  verifier_ = std::make_unique<content::BodyVerifier>(named->book->domain_separator(), relay_->address(), request_hash_, request_.root);
  for (const auto& [index, hash] : chunks_.present()) verifier_->adopt_chunk(base::ChunkIndex{index}, hash);
  const auto [first, count] = chunks_.missing();
  StreamOrder order{request_, request_hash_, first, count, chunks_.is_empty() ? std::string{} : validator_};
  // Whether anybody vouches for the body as well as is wanted, and whether it has the range at all, its head tells.
  order.after_head = digests_.least > content::VerificationLevel::relay || (!head_shown_ && chunks_.begins_within_chunk());
  if (quorum_) watch(order);
  brought_ = 0;
  stream_has_head_ = false;
  BodyStreamListener& here = *this;
  stream_ = std::make_shared<BodyStream>(core_, *relay_, *verifier_, budget_, std::move(order), here);
  stream_->start();
}

bool Fetch::on_offer(const pricing::Quote& quote) {
  auto offer = quote_json(relay_->text(), quote);
  if (callbacks_.on_quote && !callbacks_.on_quote(json_text(offer))) return false;
  core_.announcer.event("quote_accepted", "quote of " + relay_->text() + " accepted: " + quote.miss_per_mib.to_btt() + " BTT per MiB",
                        {{"relay", relay_->text()},
                         {"id", id_},
                         {"hit_per_mib", quote.hit_per_mib.to_btt()},
                         {"miss_per_mib", quote.miss_per_mib.to_btt()},
                         {"per_request", quote.per_request.to_btt()}});
  return true;
}

/// What is there already must belong to the same object; without a validator nobody can tell.
Result<void> Fetch::check_same_object(const content::Manifest& manifest) const {
  if (chunks_.is_empty()) return {};
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

Result<void> Fetch::on_head(const content::Manifest& manifest) {
  if (!std::exchange(stream_has_head_, true)) FERRY_CHECK(check_same_object(manifest));
  FERRY_CHECK(fit_range(manifest));
  if (quorum_ && watched_) FERRY_CHECK(quorum_->hear(*watched_, *verifier_->signed_manifest()));
  receipt_.status = manifest.status;
  if (file_ && !is_success(manifest.status)) {
    return base::fail(base::refusal("http_status", "the origin answers with status " + std::to_string(manifest.status) + ", so no file is written: check the URL"));
  }
  digests_.of_origin = chunks_.is_whole() ? origin_digest(manifest.headers) : std::nullopt;
  if (request_.method != "HEAD" && digests_.level() < digests_.least) FERRY_CHECK(digests_.check(base::Hash256{}));
  if (file_ && (validator_ != manifest.validator || length_ != manifest.length)) file_->note_head(manifest.validator, manifest.length);
  validator_ = manifest.validator;
  if (manifest.length) length_ = manifest.length;
  if (!std::exchange(head_shown_, true) && callbacks_.on_head) callbacks_.on_head(manifest);
  return {};
}

void Fetch::on_fee(base::Amount charge) {
  if (callbacks_.on_charged) callbacks_.on_charged(relay_->text(), charge, 0);
  auto& entry = receipt_.from(relay_->text());
  entry.charged = entry.charged.plus_saturated(charge);
}

void Fetch::on_refused_chunk() { ++receipt_.from(relay_->text()).refused_chunks; }

void Fetch::on_stream_end(const Result<void>& outcome) {
  receipt_.overhead_bytes += stream_->overhead_bytes();
  stream_.reset();
  stream_end_ = outcome;
  end_stream_if_taken();
}

void Fetch::end_stream_if_taken() {
  if (over_ || !stream_end_ || untaken_ > 0) return;
  const auto outcome = *std::exchange(stream_end_, std::nullopt);
  if (!outcome) return go_on_after(outcome.error());
  on_body_end();
}

}  // namespace ferry::client
