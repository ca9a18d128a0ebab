// A fetch whose every chunk others vouch for.

#include "client/fetch/fetch.hpp"

namespace ferry::client {

using base::Result;
using content::VerificationLevel;

void Fetch::make_quorum() {
  watched_.reset();
  concluded_ = false;
  if (request_.verify != VerificationLevel::quorum) return;
  if (quorum_) quorum_->stop();
  // The old one may be on the call stack.
  core_.loop.post([gone = std::shared_ptr<Quorum>(std::move(quorum_))] {});
  QuorumListener& here = *this;
  quorum_ = std::make_unique<Quorum>(core_, request_, request_hash_, budget_, choice_->all(), here);
}

/// The stream that is about to be opened.
void Fetch::watch(const Lane& lane, const Run& run, StreamOrder& order) {
  if (watched_) quorum_->end(*watched_);
  watched_ = quorum_->begin(lane.relay(), run.first, run.end == UINT64_MAX ? UINT64_MAX : run.count());
  order.vouch = [self = weak_from_this(), run = *watched_](base::ChunkIndex index, const base::Hash256& hash, Quorum::Done done) {
    const auto fetch = self.lock();
    if (!fetch || fetch->over_) return done(base::fail(base::refusal("cancelled", "the fetch is over")));
    fetch->quorum_->vouch(run, index, hash, std::move(done));
  };
}

void Fetch::conclude() {
  if (!watched_) return fail(base::bug("quorum_run", "a fetch ends without having been watched"));
  quorum_->conclude(*watched_, [self = weak_from_this()](const Result<void>& agreed) {
    const auto fetch = self.lock();
    if (!fetch || fetch->over_) return;
    if (!agreed) return fetch->lanes_.empty() ? fetch->fail(agreed.error()) : fetch->go_on_after(*fetch->lanes_.front(), agreed.error());
    fetch->concluded_ = true;
    fetch->receipt_.quorum = fetch->quorum_->text();
    fetch->complete();
  });
}

void Fetch::on_witness_charged(Relay& witness, base::Amount charge, bool is_word) {
  if (callbacks_.on_charged) callbacks_.on_charged(witness.text(), charge, 0);
  auto& entry = receipt_.from(witness.text());
  entry.charged = entry.charged.plus_saturated(charge);
  if (is_word) ++entry.witnessed;
}

VerificationLevel Fetch::reached() const {
  if (request_.root && request_.method != "HEAD") return VerificationLevel::content_address;
  if (request_.sha256 && request_.method != "HEAD") return VerificationLevel::origin_digest;
  if (quorum_) return quorum_->fell_back() ? VerificationLevel::relay : VerificationLevel::quorum;
  return request_.method != "HEAD" && chunks_.is_whole() ? digests_.level() : VerificationLevel::relay;
}

}  // namespace ferry::client
