// How a stream's end becomes the fetch's: another run of chunks, another relay, a new start, success or an error.

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "client/fetch/fetch.hpp"
#include "client/json_text.hpp"
#include "protocol/content/geometry.hpp"

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
  constexpr std::array<std::string_view, 10> kFinal{"budget_reached", "quote_declined", "cancelled", "http_status",    "verification_not_reached",
                                                    "journal_io",     "journal_failed", "key_file",  "client_closing", "range_not_satisfiable"};
  return is_one_of(error.code, kFinal);
}

/// The relay gave the stream up because nothing was asked for or paid on it: our receiver took its time, or a chain with a deposit.
bool is_impatience(const base::Error& error) { return error.code == "reader_stalled" || error.code == "payment_timeout"; }

}  // namespace

bool Fetch::has_all() const {
  if (!verifier_ || !stream_has_head_) return false;
  return chunks_.is_whole() ? verifier_->has_all() : chunks_.is_complete(length_);
}

void Fetch::on_body_end() {
  if (request_.method == "HEAD" || has_all()) return complete();
  if (verifier_->manifest() && verifier_->manifest()->length && brought_ > 0) return open_stream();
  go_on_after(base::environment("body_incomplete", "the relay ended the body before it was complete: fetch again with resume, or use another relay"));
}

void Fetch::go_on_after(const base::Error& error) {
  if (over_) return;
  if (is_final(error)) return fail(error);
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
  const bool is_deposit_under_way = relay_ != nullptr && relay_->channel().is_waiting();
  if (is_impatience(error) && (brought_ > 0 || is_deposit_under_way)) return attempt();
  if (relay_ != nullptr && BodyStream::is_lie(error)) {
    core_.evidence.keep_fault(relay_->text(), error, {{"url", request_.url}, {"request", hex_id(request_hash_)}});
    relay_->fault(error);
  }
  next_relay(error);
}

void Fetch::next_relay(const base::Error& error) {
  choice_->failed(error);
  if (choice_->current() != nullptr) return attempt();
  const auto& patience = core_.settings.patience;
  const auto limit = brought_ > 0 || progress_ns_ > started_ns_ ? patience.after_progress : patience.first_contact;
  const auto since = base::Duration{static_cast<std::int64_t>((uv_hrtime() - progress_ns_) / 1'000'000)};
  if (!may_pass(error) || since >= limit) return fail(choice_->summary());
  choice_->start_over();
  pause_.start(patience.first_pause, [this] { attempt(); });
}

void Fetch::start_over(const base::Error& why) {
  const bool was_shown = !file_ && !chunks_.is_empty();
  if (was_shown || ++restarts_ > kMaxRestarts) return fail(why);
  core_.announcer.event("fetch_restarted", why.message + ": the fetch starts from the beginning", {{"id", id_}, {"name", why.code}});
  chunks_.drop_all();
  validator_.clear();
  length_.reset();
  receipt_.bytes = receipt_.chunks = receipt_.resumed_from = 0;
  sha256_ = base::Sha256();
  if (!file_) return attempt();
  file_->restart([self = weak_from_this()](const Result<void>& empty) {
    const auto fetch = self.lock();
    if (!fetch || fetch->over_) return;
    if (!empty) return fetch->fail(empty.error());
    fetch->attempt();
  });
}

void Fetch::complete() {
  if (request_.method == "HEAD" || !chunks_.is_whole()) return finish(nullptr);
  const auto length = *verifier_->manifest()->length;
  if (length > 0) receipt_.root = verifier_->root();
  if (file_) {
    file_->complete(length, [check = digests_](const base::Hash256& sha256) { return check.check(sha256); },
                    [self = weak_from_this()](const Result<base::Hash256>& sha256) {
                      const auto fetch = self.lock();
                      if (!fetch || fetch->over_) return;
                      if (!sha256) return fetch->fail(sha256.error());
                      fetch->receipt_.sha256 = *sha256;
                      fetch->receipt_.verification = fetch->digests_.level();
                      fetch->finish(nullptr);
                    });
    return;
  }
  if (digests_.is_needed()) {
    receipt_.sha256 = sha256_.finish();
    if (const auto right = digests_.check(*receipt_.sha256); !right) return fail(right.error());
    receipt_.verification = digests_.level();
  }
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
  if (stream_) {
    receipt_.overhead_bytes += stream_->overhead_bytes();
    std::exchange(stream_, nullptr)->drop();
  }
  pause_.stop();
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
