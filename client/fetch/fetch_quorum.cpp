// A fetch whose every chunk others vouch for.

#include <algorithm>
#include <utility>

#include "client/fetch/fetch.hpp"

namespace ferry::client {

using base::Result;
using content::VerificationLevel;

void Fetch::make_quorum() {
  concluded_ = false;
  watches_.clear();
  concluding_.reset();
  if (request_.verify != VerificationLevel::quorum) return;
  if (quorum_) quorum_->stop();
  QuorumListener& here = *this;
  // The old one may be on the call stack.
  core_.loop.post([gone = std::exchange(quorum_, nullptr)] {});
  quorum_ = std::make_shared<Quorum>(core_, request_, request_hash_, budget_, choice_->all(), here);
}

/// The stream that is about to be opened. Errors: environment "relay_lost".
Result<void> Fetch::watch(const Lane& lane, const Run& run, StreamOrder& order) {
  auto& relay = lane.relay();
  if (relay.channel().named() == nullptr || relay.session() == nullptr) return base::fail(base::environment("relay_lost", "the relay left before it was asked"));
  auto watch = quorum_->watch(relay, run.first, run.end == UINT64_MAX ? UINT64_MAX : run.count());
  watches_[&relay] = watch;
  order.watch = std::move(watch);
  return {};
}

/// Asked about a relay that has told what the whole is, best the one that was believed.
void Fetch::conclude() {
  if (concluding_) return;
  auto found = watches_.find(head_relay_);
  if (found == watches_.end()) found = std::find_if(watches_.begin(), watches_.end(), [this](const auto& entry) { return quorum_->has_heard(*entry.first); });
  if (found == watches_.end()) {
    // Nobody that is left has said anything yet.
    const auto idle = std::find_if(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->is_idle(); });
    if (idle == lanes_.end()) return;
    const auto lane = *idle;
    if (const auto opened = open(*lane, all_missing()); !opened) go_on_after(*lane, opened.error());
    return;
  }
  concluding_ = found->second;  // although its lane may leave
  quorum_->conclude(*concluding_, [self = weak_from_this(), relay = found->first](const Result<void>& agreed) {
    const auto fetch = self.lock();
    if (!fetch || fetch->over_) return;
    fetch->concluding_.reset();
    if (!agreed) return fetch->on_not_concluded(*relay, agreed.error());
    fetch->concluded_ = true;
    fetch->receipt_.quorum = fetch->quorum_->text();
    fetch->show_head();
    if (!fetch->over_) fetch->complete();
  });
}

/// The others may still agree, about another relay.
void Fetch::on_not_concluded(const Relay& relay, const base::Error& error) {
  if (error.kind == base::ErrorKind::refusal) return fail(error);
  watches_.erase(&relay);
  const bool was_only = is_only();
  const auto found = std::find_if(lanes_.begin(), lanes_.end(), [&relay](const auto& entry) { return &entry->relay() == &relay; });
  if (found != lanes_.end()) {
    const auto lane = *found;
    go_on_after(*lane, error);
    if (was_only) return;  // another lane begins
  }
  complete_if_all();
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
