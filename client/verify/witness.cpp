#include "client/verify/witness.hpp"

#include <algorithm>
#include <utility>

#include "client/verify/voice.hpp"

namespace ferry::client {

using base::Result;

Witness::Witness(Core& core, Relay& relay, WitnessOrder order, std::shared_ptr<Budget> budget, WitnessListener& listener)
    : core_(core), relay_(relay), order_(std::move(order)), budget_(std::move(budget)), listener_(&listener) {}

Witness::~Witness() { drop(); }

void Witness::start() {
  const auto spendable = std::min(budget_->left(), core_.budget.left());
  relay_.channel().prepare(spendable, [self = weak_from_this()](const Result<void>& ready) {
    const auto witness = self.lock();
    if (!witness || witness->is_over()) return;
    ready ? witness->ask() : witness->end(ready);
  });
}

void Witness::ask() {
  const auto* named = relay_.channel().named();
  if (named == nullptr || relay_.session() == nullptr) return end(base::fail(base::environment("relay_lost", "the relay left before it was asked")));
  voice_ = voice_of(relay_);
  verifier_ = std::make_unique<content::BodyVerifier>(named->book->domain_separator(), relay_.address(), order_.request_hash);
  if (!listener_->on_voice(*this)) return end(base::fail(base::refusal("not_independent", "this relay belongs to one that was asked already")));
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
