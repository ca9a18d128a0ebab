// How a stream's end becomes the fetch's: another run of chunks, another relay, a new start, success or an error.

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "client/fetch/fetch.hpp"
#include "client/json_text.hpp"
#include "client/verify/keep_words.hpp"
#include "protocol/content/geometry.hpp"
#include "protocol/content/merkle.hpp"

namespace ferry::client {

using base::Result;

namespace {

constexpr std::uint32_t kMaxRestarts = 3;

template <std::size_t Count>
bool is_one_of(const std::string& code, const std::array<std::string_view, Count>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// No other relay would change these.
bool is_final(const base::Error& error) {
  constexpr std::array<std::string_view, 12> kFinal{"budget_reached", "quote_declined", "cancelled", "http_status",    "verification_not_reached", "quorum_not_reached",
                                                    "journal_io",     "journal_failed", "key_file",  "client_closing", "range_not_satisfiable",    "content_differs"};
  return is_one_of(error.code, kFinal);
}

/// Nor any relay.
bool is_of_this_client(const base::Error& error) {
  constexpr std::array<std::string_view, 5> kOfThisClient{"cancelled", "journal_io", "journal_failed", "key_file", "client_closing"};
  return is_one_of(error.code, kOfThisClient);
}

/// The relay gave the stream up because nothing was asked for or paid on it: our receiver took its time, or a chain with a deposit.
bool is_impatience(const base::Error& error) { return error.code == "reader_stalled" || error.code == "payment_timeout"; }

base::Hash256 root_over(const std::map<std::uint64_t, base::Hash256>& chunks) {
  content::RootBuilder builder;
  for (const auto& [index, hash] : chunks) builder.add(hash);
  return builder.root();
}

}  // namespace

/// Every wanted chunk is where it belongs.
bool Fetch::has_all() const { return head_known_ && delivery_.under_way().empty() && chunks_.is_complete(length_); }

void Fetch::on_run_end(Lane& lane, const RunOutcome& outcome) {
  if (over_ || !has(lane)) return;
  run_ends_.push_back({lane.shared_from_this(), outcome});
  act_on_ends();
}

/// What the last lane's end means depends on whether all that it brought could be delivered; with others at work nobody waits.
void Fetch::act_on_ends() {
  while (!over_ && !run_ends_.empty() && (!is_only() || delivery_.under_way().empty())) {
    const auto end = std::move(run_ends_.front());
    run_ends_.erase(run_ends_.begin());
    if (has(*end.lane)) act_on(end);
  }
  if (!is_only()) complete_if_all();
}

void Fetch::act_on(const RunEnd& end) {
  auto& lane = *end.lane;
  const auto& [result, brought, shortened, said] = end.outcome;
  if (!result) return go_on_after(lane, result.error(), end.outcome);
  if (is_only() && (request_.method == "HEAD" || has_all())) return complete();
  if (head_known_ && length_ && (brought > 0 || shortened)) return feed(lane);
  go_on_after(lane, base::environment("body_incomplete", "the relay ended the body before it was complete: fetch again with resume, or use another relay"), end.outcome);
}

/// A relay that has brought all that it was asked for is heard to its last word; one that is late with what others brought is not.
void Fetch::complete_if_all() {
  if (over_ || !has_all()) return;
  for (const auto& run : running()) {
    if (run.left.count() == 0 && run.has_brought) return;
  }
  complete();
}

void Fetch::go_on_after(Lane& lane, const base::Error& error, const RunOutcome& outcome) {
  if (over_) return;
  if (is_of_this_client(error) || (is_only() && is_final(error))) return fail(error);
  if (is_impatience(error) && (outcome.brought > 0 || lane.relay().channel().is_waiting())) return lane.prepare(request_, Opening::at_any_cost);
  if (!is_only()) return go_on_without(lane, error, outcome.said.get());
  if (error.code == "object_changed" || error.code == "no_validator") return start_over(error);
  if (error.code == "range_other_status") {
    if (head_shown_) return fail(error);
    chunks_ = ChunkRun(chunks_.is_whole() ? request_.range : std::nullopt);
    return start_over(error);
  }
  if (!chunks_.is_whole()) {
    if (error.code == "chunk_beyond_end" && !head_shown_) return fail(base::refusal("range_not_satisfiable", "the body ends before the range"));
    if (may_pass(error) && has_all()) return complete();  // nothing is left to ask for
  }
  keep_lie(lane, error, outcome.said.get());
  next_relay(lane, error);
}

/// The others bring what this one does not.
void Fetch::go_on_without(Lane& lane, const base::Error& error, const content::BodyVerifier* said) {
  const auto relay = lane.relay().text();
  core_.announcer.event("lane_ended", relay + " brings nothing more of this fetch: " + error.message, {{"relay", relay}, {"id", id_}, {"name", error.code}});
  keep_lie(lane, error, said);
  choice_->failed(lane.relay(), error);
  drop_lane(lane);
  if (error.code == "budget_reached") lane_limit_ = lanes_.size();
  widen();
  for (const auto& other : std::vector(lanes_)) {
    if (has(*other)) feed(*other);
  }
}

void Fetch::keep_lie(Lane& lane, const base::Error& error, const content::BodyVerifier* said) {
  if (!BodyStream::is_lie(error)) return;
  keep_words(core_.evidence, request_, lane.relay(), said, error, core_.now());
  core_.evidence.keep_fault(lane.relay().text(), error, {{"url", request_.url}, {"request", hex_id(request_hash_)}});
  lane.stop(error);
  lane.relay().fault(error);
}

/// All is there, and whoever brought it gave no word about the whole that can be believed: the next relay has one with the last chunk.
void Fetch::drop_last_chunk() {
  const base::ChunkIndex last{content::chunk_count(*length_) - 1};
  chunks_.drop(last);
  receipt_.bytes -= content::chunk_size(last, *length_);
  --receipt_.chunks;
}

void Fetch::next_relay(Lane& lane, const base::Error& error) {
  choice_->failed(lane.relay(), error);
  drop_lane(lane);
  if (chunks_.is_empty()) head_known_ = false;
  if (file_ && length_ && *length_ > 0 && chunks_.is_complete(length_)) drop_last_chunk();
  if (choice_->best({}) != nullptr) return attempt();
  const auto& patience = core_.settings.patience;
  const auto limit = progress_ns_ > started_ns_ ? patience.after_progress : patience.first_contact;
  const auto since = base::Duration{static_cast<std::int64_t>((uv_hrtime() - progress_ns_) / 1'000'000)};
  if (!may_pass(error) || since >= limit) return fail(choice_->summary());
  if (!std::exchange(told_waiting_, true)) {
    core_.announcer.event("relays_awaited", "no relay answers: trying again for " + std::to_string(limit.count() / 1000) + " s (" + choice_->summary().message + ")", {{"id", id_}});
  }
  choice_->start_over();
  pause_.start(patience.first_pause, [this] { attempt(); });
}

void Fetch::start_over(const base::Error& why) {
  const bool was_shown = !file_ && !(chunks_.is_empty() && delivery_.under_way().empty());
  if (was_shown || ++restarts_ > kMaxRestarts) return fail(why);
  if (why.code == "relays_differ") lane_limit_ = 1;
  drop_lanes();
  run_ends_.clear();
  core_.announcer.event("fetch_restarted", why.message + ": the fetch starts from the beginning", {{"id", id_}, {"name", why.code}});
  chunks_.drop_all();
  validator_.clear();
  length_.reset();
  receipt_.bytes = receipt_.chunks = receipt_.resumed_from = 0;
  delivery_.start_over();
  head_known_ = false;
  make_quorum();
  if (!file_) return attempt();
  file_->restart([self = weak_from_this()](const Result<void>& empty) {
    const auto fetch = self.lock();
    if (!fetch || fetch->over_) return;
    if (!empty) return fetch->fail(empty.error());
    fetch->attempt();
  });
}

void Fetch::complete() {
  if (quorum_ && !concluded_) return conclude();
  if (request_.method == "HEAD" || !chunks_.is_whole()) {
    receipt_.verification = reached();
    return finish(nullptr);
  }
  drop_lanes();
  const auto length = *length_;
  if (length > 0) receipt_.root = root_over(chunks_.present());
  if (file_) {
    file_->complete(length, [check = digests_](const base::Hash256& sha256) { return check.check(sha256); },
                    [self = weak_from_this()](const Result<base::Hash256>& sha256) {
                      const auto fetch = self.lock();
                      if (!fetch || fetch->over_) return;
                      if (!sha256) return fetch->fail(sha256.error());
                      fetch->receipt_.sha256 = *sha256;
                      fetch->receipt_.verification = fetch->reached();
                      fetch->finish(nullptr);
                    });
    return;
  }
  if (digests_.is_needed()) {
    receipt_.sha256 = delivery_.sha256();
    if (const auto right = digests_.check(*receipt_.sha256); !right) return fail(right.error());
  }
  receipt_.verification = reached();
  finish(nullptr);
}

void Fetch::cancel(const base::Error& why) {
  if (!over_) fail(why);
}

void Fetch::fail(const base::Error& error) {
  // Nothing of an error page is worth a resume.
  if (file_ && error.code == "http_status") file_->remove();
  finish(&error);
}

void Fetch::finish(const base::Error* error) {
  if (std::exchange(over_, true)) return;
  drop_lanes();
  delivery_.stop();
  pause_.stop();
  late_.stop();
  head_late_.stop();
  holders_late_.stop();
  if (quorum_) {
    quorum_->stop();
    receipt_.overhead_bytes += quorum_->overhead_bytes();
  }
  core_.evidence.flush();
  receipt_.milliseconds = (uv_hrtime() - started_ns_) / 1'000'000;
  const auto tell = [self = shared_from_this(), error = error != nullptr ? std::optional(*error) : std::nullopt] {
    if (self->callbacks_.on_done) self->callbacks_.on_done(self->receipt_.to_json(), error ? &*error : nullptr);
    self->ended_(self->id_);
  };
  if (file_) {
    file_->close(tell);
  } else {
    core_.loop.post(tell);
  }
}

}  // namespace ferry::client
