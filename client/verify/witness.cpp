#include "client/verify/witness.hpp"

#include <algorithm>
#include <utility>

#include "client/fetch/fetch_offer.hpp"
#include "client/verify/voice.hpp"

namespace ferry::client {

using base::Result;

Witness::Witness(Core& core, Relay& relay, WitnessOrder order, std::shared_ptr<Budget> budget, WitnessListener& listener)
    : core_(core), relay_(relay), order_(std::move(order)), budget_(std::move(budget)), listener_(&listener) {}

Witness::~Witness() { drop(); }

/// Calls `step` with this while it is wanted.
template <typename Step>
ChannelSetup::Ready Witness::unless_over(Step step) {
  return [self = weak_from_this(), step](const Result<void>& outcome) {
    if (const auto witness = self.lock(); witness && !witness->is_over()) step(*witness, outcome);
  };
}

void Witness::start() {
  relay_.connect(unless_over([](Witness& witness, const Result<void>& connected) { connected ? witness.introduce() : witness.end(connected); }));
}

/// Before a channel costs anything.
void Witness::introduce() {
  const auto& welcome = relay_.session()->welcome();
  voice_ = voice_of(relay_);
  verifier_ = std::make_unique<content::BodyVerifier>(base::domain_separator({welcome.chain_id, welcome.contract}), relay_.address(), order_.request_hash);
  if (!listener_->on_voice(*this)) return end(base::fail(base::refusal("not_independent", "this relay belongs to one that was asked already")));
  const auto& request = order_.request;
  const auto approve = [](const pricing::Quote&) { return true; };  // the user is asked about who brings the body
  prepare_channel(core_, relay_, question_of(request), opening_terms(core_, request, budget_, Opening::at_any_cost, approve),
                  unless_over([](Witness& witness, const Result<void>& ready) { ready ? witness.ask() : witness.end(ready); }));
}

void Witness::ask() {
  if (relay_.channel().named() == nullptr || relay_.session() == nullptr) return end(base::fail(base::environment("relay_lost", "the relay left before it was asked")));
  StreamOrder order{order_.request, content::witness_hash(order_.request_hash), order_.first_chunk, order_.chunk_count, {}};
  order.is_witness = true;
  BodyStreamListener& here = *this;
  stream_ = std::make_shared<BodyStream>(core_, relay_, *verifier_, budget_, std::move(order), here);
  stream_->start();
}

void Witness::compared() {
  if (waiting_ == 0 || !stream_) return;
  --waiting_;
  stream_->taken();
}

void Witness::end_before(std::uint64_t chunk) {
  if (chunk <= order_.first_chunk) return drop();
  order_.chunk_count = std::min(order_.chunk_count, chunk - order_.first_chunk);
  if (stream_) stream_->end_before(chunk);
}

void Witness::drop() {
  listener_ = nullptr;
  overhead_ = overhead_bytes();
  if (const auto stream = std::exchange(stream_, nullptr)) stream->drop();
}

/// The user's price limit was checked; the cost lies within the budgets.
bool Witness::on_offer(const pricing::Quote& /*quote*/) { return true; }

Result<void> Witness::on_head(const content::Manifest& /*manifest*/) {
  if (listener_ != nullptr) listener_->on_word(*this);
  return {};
}

void Witness::on_fee(base::Amount charge) {
  if (listener_ != nullptr) listener_->on_witness_charge(*this, charge, false);
}

void Witness::on_chunk(OwedChunk chunk) {
  ++waiting_;
  if (listener_ != nullptr) listener_->on_witness_charge(*this, chunk.charge, true);
  if (listener_ != nullptr) listener_->on_hash(*this, chunk.index, chunk.hash);
}

void Witness::on_stream_end(const Result<void>& outcome) {
  overhead_ = overhead_bytes();
  stream_.reset();
  end(outcome);
}

void Witness::end(const Result<void>& outcome) {
  if (auto* listener = std::exchange(listener_, nullptr)) listener->on_witness_end(*this, outcome);
}

}  // namespace ferry::client
