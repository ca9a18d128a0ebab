#include "client/verify/quorum.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "client/verify/voice.hpp"

namespace ferry::client {

using base::Result;
using content::Opinion;
using content::Verdict;

namespace {

/// Such a request may be answered with what is long out of date.
bool allows_any_age(const FetchRequest& request) {
  const auto control = content::find_header(request.headers, "cache-control");
  return control && control->find("max-stale") != std::string_view::npos;
}

Result<void> is_over() { return base::fail(base::refusal("cancelled", "the fetch is over, or starts again")); }

std::optional<base::Time> asked_at(const FetchRequest& request, base::Time now) { return allows_any_age(request) ? std::nullopt : std::optional(now); }

}  // namespace

Quorum::Quorum(Core& core, const FetchRequest& request, base::RequestHash request_hash, std::shared_ptr<Budget> budget, std::vector<Relay*> relays,
               QuorumListener& listener)
    : core_(core),
      request_(request),
      request_hash_(request_hash),
      budget_(std::move(budget)),
      relays_(std::move(relays)),
      listener_(listener),
      agreement_(request_hash, request.quorum, asked_at(request, core.now())),
      late_(core.loop) {
  // Not always the same witnesses for everything.
  if (!relays_.empty()) std::rotate(relays_.begin(), relays_.begin() + request_hash.data[0] % static_cast<std::ptrdiff_t>(relays_.size()), relays_.end());
}

Quorum::~Quorum() {
  *alive_ = false;
  drop_witnesses();
}

void Quorum::drop_witnesses() {
  for (const auto& run : runs_) {
    for (const auto& witness : run->witnesses) witness->drop();
  }
}

void Quorum::stop() {
  if (std::exchange(stopped_, true)) return;
  late_.stop();
  drop_witnesses();
  for (const auto& run : runs_) {
    for (auto& waiting : std::exchange(run->pending, {})) {
      const bool agreed = fell_back_ || agreement_.on_chunk(run->body->address(), waiting.index).verdict == Verdict::agreed;
      core_.loop.post([done = std::move(waiting.done), agreed] { done(agreed ? Result<void>{} : is_over()); });
    }
  }
}

std::shared_ptr<Quorum::RunWatch> Quorum::watch(Relay& body, std::uint64_t first_chunk, std::uint64_t chunk_count) {
  return std::make_shared<RunWatch>(weak_from_this(), begin(body, first_chunk, chunk_count));
}

Quorum::RunWatch::~RunWatch() {
  if (const auto quorum = quorum_.lock()) quorum->end(run_);
}

Result<void> Quorum::RunWatch::hear(const content::SignedManifest& word) {
  const auto quorum = quorum_.lock();
  return quorum ? quorum->hear(run_, word) : is_over();
}

void Quorum::RunWatch::vouch(base::ChunkIndex index, const base::Hash256& hash, Done done) {
  const auto quorum = quorum_.lock();
  quorum ? quorum->vouch(run_, index, hash, std::move(done)) : done(is_over());
}

void Quorum::RunWatch::end_before(std::uint64_t chunk) {
  if (const auto quorum = quorum_.lock()) quorum->end_before(run_, chunk);
}

Quorum::Run Quorum::begin(Relay& body, std::uint64_t first_chunk, std::uint64_t chunk_count) {
  const auto* named = body.channel().named();
  auto run = std::make_unique<Watched>();
  run->id = ++last_run_;
  run->body = &body;
  run->voice = voice_of(body);
  run->domain_separator = named->book->domain_separator();
  run->first = run->next = first_chunk;
  run->count = chunk_count;
  domains_[body.address()] = named->book->domain();
  auto& watched = *runs_.emplace_back(std::move(run));
  for (std::size_t i = 1; !fell_back_ && i < agreement_.wanted(); ++i) recruit(watched, first_chunk);
  return watched.id;
}

void Quorum::end(Run id) {
  const auto found = std::find_if(runs_.begin(), runs_.end(), [id](const auto& run) { return run->id == id; });
  if (found == runs_.end()) return;
  for (const auto& witness : (*found)->witnesses) witness->drop();
  ended_overhead_ += overhead_of(**found);
  // This may be inside a call of one of them.
  core_.loop.post([gone = std::shared_ptr<Watched>(std::move(*found))] {});
  runs_.erase(found);
}

/// What a witness has been asked for already it still tells.
void Quorum::end_before(Run id, std::uint64_t chunk) {
  auto* run = find(id);
  if (run == nullptr) return;
  run->count = chunk - std::min(chunk, run->first);
  for (const auto& witness : run->witnesses) witness->end_before(chunk);
}

std::uint64_t Quorum::overhead_of(const Watched& run) {
  std::uint64_t bytes = 0;
  for (const auto& witness : run.witnesses) bytes += witness->overhead_bytes();
  return bytes;
}

std::uint64_t Quorum::overhead_bytes() const {
  std::uint64_t bytes = ended_overhead_;
  for (const auto& run : runs_) bytes += overhead_of(*run);
  return bytes;
}

Quorum::Watched* Quorum::find(Run id) {
  const auto found = std::find_if(runs_.begin(), runs_.end(), [id](const auto& run) { return run->id == id; });
  return found == runs_.end() ? nullptr : found->get();
}

Quorum::Watched* Quorum::watched_by(const Witness& witness) {
  for (const auto& run : runs_) {
    for (const auto& one : run->witnesses) {
      if (one.get() == &witness) return run.get();
    }
  }
  return nullptr;
}

Result<void> Quorum::hear(Run id, const content::SignedManifest& word) {
  auto* run = find(id);
  if (run == nullptr || stopped_) return is_over();
  if (silenced_.contains(run->body)) return base::fail(silenced(*run->body));
  look_soon();
  return agreement_.hear(run->voice, run->domain_separator, word);
}

void Quorum::vouch(Run id, base::ChunkIndex index, const base::Hash256& hash, Done done) {
  auto* run = find(id);
  if (run == nullptr || stopped_) return done(is_over());
  if (silenced_.contains(run->body)) return done(base::fail(silenced(*run->body)));
  if (const auto heard = agreement_.hear_chunk(run->body->address(), index, hash); !heard) return done(heard);
  run->pending.push_back({index, std::move(done)});
  look_soon();
}

void Quorum::conclude(const RunWatch& watch, Done done) {
  auto* run = find(watch.run());
  if (run == nullptr) return done(base::fail(base::bug("quorum_run", "a response is to be vouched for that nobody watches")));
  run->concluding = std::move(done);
  look_soon();
}

/// Each run begins with another one, so that none is asked about everything.
Relay* Quorum::next_candidate(const Watched& run) const {
  for (std::size_t i = 0; i < relays_.size(); ++i) {
    auto* relay = relays_[(run.id - 1 + i) % relays_.size()];
    const bool asked = std::any_of(run.witnesses.begin(), run.witnesses.end(), [relay](const auto& witness) { return &witness->relay() == relay; });
    if (relay != run.body && !asked && !unfit_.contains(relay) && !core_.marks.find(relay->address())) return relay;
  }
  return nullptr;
}

bool Quorum::recruit(Watched& run, std::uint64_t first) {
  auto* relay = next_candidate(run);
  // With so many words that do not agree, one more would not tell more.
  if (relay == nullptr || run.asked >= 2 * agreement_.wanted()) return false;
  const std::uint64_t skipped = first - run.first;
  const std::uint64_t count = run.count == UINT64_MAX ? UINT64_MAX : run.count - std::min(skipped, run.count);
  ++run.asked;
  WitnessListener& here = *this;
  run.witnesses.push_back(std::make_shared<Witness>(core_, *relay, WitnessOrder{request_, request_hash_, first, count}, budget_, here));
  run.witnesses.back()->start();
  return true;
}

bool Quorum::on_voice(Witness& witness) {
  auto* run = watched_by(witness);
  if (run == nullptr) return false;
  const auto is_apart = [&witness](const content::Voice& voice) { return content::are_independent(voice, witness.voice()); };
  const bool apart = is_apart(run->voice) && std::all_of(run->witnesses.begin(), run->witnesses.end(), [&](const auto& other) {
    return other.get() == &witness || other->is_over() || other->voice().relay == base::Address{} || is_apart(other->voice());
  });
  if (!apart) {
    --run->asked;
    return false;
  }
  const auto& welcome = witness.relay().session()->welcome();
  domains_[witness.relay().address()] = base::Domain{welcome.chain_id, welcome.contract};
  return true;
}

void Quorum::on_word(Witness& witness) {
  const auto word = witness.verifier().signed_manifest();
  const auto separator = base::domain_separator(domains_[witness.relay().address()]);
  if (const auto heard = agreement_.hear(witness.voice(), separator, *word); !heard) return blame(witness.relay(), heard.error());
  look_soon();
}

void Quorum::on_hash(Witness& witness, base::ChunkIndex index, const base::Hash256& hash) {
  if (const auto heard = agreement_.hear_chunk(witness.relay().address(), index, hash); !heard) return blame(witness.relay(), heard.error());
  if (const auto* run = watched_by(witness); run != nullptr && index.value < run->next) witness.compared();
  look_soon();
}

void Quorum::on_witness_charge(Witness& witness, base::Amount charge, bool is_word) { listener_.on_witness_charged(witness.relay(), charge, is_word); }

void Quorum::on_witness_end(Witness& witness, const Result<void>& outcome) {
  if (!outcome && outcome.error().code != "not_independent") {
    const bool spoke = agreement_.word(witness.relay().address()) != nullptr;
    if (auto* run = watched_by(witness); run != nullptr && !spoke) --run->asked;
    unfit_.insert(&witness.relay());
    if (outcome.error().code == "budget_reached") exhausted_ = outcome.error();
    if (BodyStream::is_lie(outcome.error())) blame(witness.relay(), outcome.error());
  }
  look_soon();
}

/// Somebody may still tell what is not told yet.
bool Quorum::has_more_to_say(const Watched& run, std::optional<base::ChunkIndex> index) const {
  return std::any_of(run.witnesses.begin(), run.witnesses.end(), [&](const auto& witness) {
    if (witness->is_over()) return false;
    return !index || (witness->covers(*index) && !agreement_.knows(witness->relay().address(), *index));
  });
}

bool Quorum::is_wanted_besides(const Watched& run, base::ChunkIndex index) const {
  return std::any_of(runs_.begin(), runs_.end(), [&](const auto& other) {
    return other.get() != &run && index.value >= other->next && index.value - other->first < other->count;
  });
}

bool Quorum::is_about_to_sign(const Watched& run) const {
  return std::any_of(run.witnesses.begin(), run.witnesses.end(), [](const auto& witness) { return !witness->is_over() && witness->has_told_all(); });
}

/// Not inside the calls of streams, which it may end.
void Quorum::look_soon() {
  if (stopped_ || std::exchange(looking_soon_, true)) return;
  core_.loop.post([this, alive = alive_] {
    if (!*alive || stopped_) return;
    looking_soon_ = false;
    std::vector<Run> ids;
    for (const auto& run : runs_) ids.push_back(run->id);
    for (const auto id : ids) {
      if (!*alive || stopped_) return;
      if (auto* run = find(id)) look(*run);
    }
  });
}

void Quorum::watch_late() {
  if (!late_.is_running()) late_.start(core_.settings.patience.second_relay, [this] { on_late(); });
}

/// Where nothing was decided since the last look, one more is asked besides who is late.
void Quorum::on_late() {
  for (const auto& run : runs_) {
    if (run->pending.empty() && !run->concluding) continue;
    if (std::exchange(run->late_at, run->next) == run->next) recruit(*run, run->pending.empty() ? run->first : run->next);
    watch_late();
  }
}

/// Each answer may end the run, or all of this.
void Quorum::look(Watched& run) {
  const auto id = run.id;
  const auto alive = alive_;
  for (auto* watched = &run; watched != nullptr && judge(*watched);) {
    if (!*alive || stopped_) return;
    watched = find(id);
  }
}

bool Quorum::judge(Watched& run) {
  if (run.pending.empty()) return judge_whole(run);
  const auto index = run.pending.front().index;
  const auto opinion = agreement_.on_chunk(run.body->address(), index);
  const auto decided = decide(run, opinion, index);
  if (!decided) return false;
  if (*decided) {
    auto done = std::move(run.pending.front().done);
    run.pending.pop_front();
    run.next = index.value + 1;
    compared(run, index);
    if (index.value >= EvidenceRecord::kMaxHashes && !is_wanted_besides(run, index)) agreement_.forget_chunk(index);  // of a long body no record would hold it
    done({});
  } else {
    // What comes behind it is of the same relay.
    for (const auto& waiting : std::exchange(run.pending, {})) waiting.done(*decided);
  }
  return true;
}

bool Quorum::judge_whole(Watched& run) {
  if (!run.concluding) return false;
  const auto opinion = agreement_.on_whole(run.body->address());
  const auto decided = decide(run, opinion, std::nullopt);
  if (!decided) return false;
  text_ = std::to_string(opinion.independent) + "/" + std::to_string(agreement_.voices());
  std::exchange(run.concluding, nullptr)(*decided);
  return true;
}

void Quorum::compared(Watched& run, base::ChunkIndex index) {
  for (const auto& witness : run.witnesses) {
    if (!witness->is_over() && witness->covers(index)) witness->compared();
  }
}

}  // namespace ferry::client
