#include "client/relays/relay_finder.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "client/relays/dns_text.hpp"
#include "client/relays/found_relays.hpp"

namespace ferry::client {

/// One search for relays, or with a root for those that hold it: up to two relays are being asked at a time, until two have answered.
class RelayFinder::Round : public std::enable_shared_from_this<RelayFinder::Round> {
 public:
  Round(Core& core, KnownRelays& relays, std::optional<base::Hash256> root, std::function<void()> over)
      : core_(core), relays_(relays), root_(root), over_(std::move(over)), deadline_(core.loop) {}

  void add_waiting(std::function<void()> done) { waiting_.push_back(std::move(done)); }
  const std::vector<base::Address>& told() const { return told_; }

  void start() {
    deadline_.start(kLongest, [self = shared_from_this()] { self->end(); });
    enter(core_.settings.relays);
    enter(core_.settings.bootstrap);
    const auto& names = core_.settings.bootstrap_names;
    if (names.empty()) return go_on();
    names_missing_ = names.size();
    for (const auto& name : names) {
      auto answer = std::make_shared<std::vector<RelayReference>>();
      core_.loop.work([answer, name] { *answer = relays_in_dns(name); }, [self = shared_from_this(), answer] {
        --self->names_missing_;
        self->enter(*answer);
        self->go_on();
      });
    }
  }

  /// The finder goes: nobody is told.
  void abandon() {
    over_ = nullptr;
    waiting_.clear();
    end();
  }

 private:
  void enter(const std::vector<RelayReference>& references) {
    for (const auto& reference : references) {
      if (known_.insert(reference.relay).second) to_ask_.push_back(reference);
    }
  }

  void go_on() {
    if (ended_) return;
    if (to_ask_.empty() && asking_ == 0) enter(core_.found.some(kAskedAtMost));
    while (answered_ + asking_ < kAnswers && asked_ < kAskedAtMost && !to_ask_.empty()) {
      const auto reference = to_ask_.front();
      to_ask_.erase(to_ask_.begin());
      ask(relays_.get(reference));
    }
    if (asking_ == 0 && names_missing_ == 0) end();
  }

  void ask(Relay& relay) {
    ++asked_;
    ++asking_;
    relay.connect([self = shared_from_this(), &relay](const base::Result<void>& connected) {
      if (self->ended_) return;
      auto* session = relay.session();
      if (!connected || session == nullptr) return self->asked(false);
      const auto answer = [self, name = relay.text()](base::Result<wire::Relays> told) {
        if (self->ended_) return;
        if (told) self->take(name, *told);
        self->asked(told.has_value());
      };
      if (self->root_) {
        session->find(wire::FindHolders{0, *self->root_, kHolders}, kLongest, answer);
      } else {
        session->find(wire::FindRelays{0, {}, wire::kMaxDescriptors}, kLongest, answer);
      }
    });
  }

  void take(const std::string& name, const wire::Relays& told) {
    std::size_t refused = 0;
    for (const auto& descriptor : told.descriptors) {
      const auto who = discovery::SignedDescriptor::read(descriptor);
      const bool is_known = who && core_.found.find((*who)->relay);
      if (!core_.found.learn(descriptor) && !is_known) {
        ++refused;
      } else if (std::ranges::find(told_, (*who)->relay) == told_.end()) {
        told_.push_back((*who)->relay);
      }
    }
    core_.announcer.log(LogLevel::info, name + " told of " + std::to_string(told.descriptors.size()) + " relays" +
                                            (refused > 0 ? ", of which " + std::to_string(refused) + " are not believed" : ""));
  }

  void asked(bool answered) {
    --asking_;
    if (answered) ++answered_;
    go_on();
  }

  void end() {
    if (std::exchange(ended_, true)) return;
    deadline_.stop();
    core_.found.save();
    // It may be the last to hold this.
    const auto self = shared_from_this();
    if (over_) over_();
    for (const auto& done : std::exchange(waiting_, {})) done();
  }

  Core& core_;
  KnownRelays& relays_;
  std::optional<base::Hash256> root_;
  std::vector<base::Address> told_;
  std::function<void()> over_;
  Timer deadline_;
  std::vector<std::function<void()>> waiting_;
  std::vector<RelayReference> to_ask_;
  std::set<base::Address> known_;
  std::size_t asked_ = 0, asking_ = 0, answered_ = 0, names_missing_ = 0;
  bool ended_ = false;
};

RelayFinder::RelayFinder(Core& core, KnownRelays& relays) : core_(core), relays_(relays) {}

RelayFinder::~RelayFinder() {
  if (round_) std::exchange(round_, nullptr)->abandon();
  for (const auto& round : std::exchange(holder_rounds_, {})) round->abandon();
}

void RelayFinder::find(std::function<void()> done) {
  const bool lately = found_at_ != base::Time{} && core_.now() - found_at_ < kAgain;
  if (!core_.settings.discover || (!round_ && lately)) return done();
  if (round_) return round_->add_waiting(std::move(done));
  const auto over = [this] {
    found_at_ = core_.now();
    round_.reset();
  };
  round_ = std::make_shared<Round>(core_, relays_, std::nullopt, over);
  round_->add_waiting(std::move(done));
  std::shared_ptr<Round>(round_)->start();
}

void RelayFinder::find_holders(const base::Hash256& root, std::function<void(const std::vector<Relay*>&)> done) {
  if (!core_.settings.discover) return done({});
  auto place = std::make_shared<std::weak_ptr<Round>>();
  const auto round = std::make_shared<Round>(core_, relays_, root, [this, place] { holder_rounds_.erase(place->lock()); });
  *place = round;
  round->add_waiting([this, place, done = std::move(done)] { done(relays_.get(place->lock()->told())); });
  holder_rounds_.insert(round);
  round->start();
}

}  // namespace ferry::client
