#include "client/fetch/shared_fetch.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "client/fetch/fetch.hpp"
#include "client/json_text.hpp"

namespace ferry::client {

using nlohmann::ordered_json;

namespace {

bool can_be_shared(const FetchRequest& request, const FetchCallbacks& callbacks) {
  return request.method == "GET" && !request.file && !callbacks.on_chunk_data && !callbacks.on_quote;
}

auto all_of(const FetchRequest& r) {
  return std::tie(r.url, r.method, r.follow_redirects, r.headers, r.budget, r.within, r.max_price, r.sha256, r.verify, r.quorum, r.or_relay, r.root, r.relays,
                  r.range, r.relays_at_once, r.race);
}

base::Amount charged_in(const ordered_json& entry) {
  return base::Amount::parse_btt(entry.value("charged", "0")).value_or(base::Amount{});
}

void lessen(ordered_json& entry, const ordered_json& by) { entry["charged"] = charged_in(entry).minus_floored(charged_in(by)).to_btt(); }

/// What was paid since `earlier`, a receipt of the same fetch or null.
std::string paid_since(const std::string& receipt, const ordered_json& earlier) {
  if (earlier.is_null()) return receipt;
  auto json = ordered_json::parse(receipt);
  lessen(json, earlier);
  for (auto& entry : json["relays"]) {
    for (const auto& before : earlier["relays"]) {
      if (before["relay"] == entry["relay"]) lessen(entry, before);
    }
  }
  return json_text(json);
}

/// As somebody else paid for it.
std::string paid_by(std::uint64_t payer, const std::string& receipt) {
  auto json = ordered_json::parse(receipt);
  json = ordered_json::parse(paid_since(receipt, json));
  json["shared_with"] = payer;
  return json_text(json);
}

}  // namespace

/// One fetch and who has a part in it. Lives as long as one of these does.
class SharedFetch final : public std::enable_shared_from_this<SharedFetch> {
 public:
  SharedFetch(Loop& loop, FetchRequest request) : loop_(loop), request_(std::move(request)) {}

  void start(const SharedFetches::StartFetch& start, std::uint64_t id) { fetch_ = start(id, request_, callbacks(), [](std::uint64_t) {}); }
  bool can_take(const FetchRequest& request) const { return !over_ && all_kept_ && all_of(request) == all_of(request_); }
  std::shared_ptr<Job> add(std::uint64_t id, FetchCallbacks callbacks, JobEnded ended);

 private:
  struct Member final : Job {
    Member(std::shared_ptr<SharedFetch> of, std::uint64_t number, FetchCallbacks told, JobEnded forget)
        : share(std::move(of)), id(number), callbacks(std::move(told)), ended(std::move(forget)) {}
    void cancel(const base::Error& why) override { share->leave(*this, why); }

    std::shared_ptr<SharedFetch> share;
    std::uint64_t id;
    FetchCallbacks callbacks;
    JobEnded ended;
    std::size_t shown = 0;  ///< pieces
    bool head_shown = false;
    bool over = false;
  };
  using MemberPtr = std::shared_ptr<Member>;

  struct Piece {
    std::uint64_t offset;
    wire::Payload bytes;
  };

  FetchCallbacks callbacks();
  void take(std::uint64_t offset, wire::Payload bytes);
  void show(Member& member);
  void show_progress(Member& member);
  void leave(Member& member, const base::Error& why);
  void finish(const std::string& receipt, const base::Error* error);
  bool pays(const Member& member) const { return !members_.empty() && members_.front().get() == &member; }
  std::string receipt_for(const Member& member, const std::string& receipt) const;

  Loop& loop_;
  FetchRequest request_;
  std::shared_ptr<Fetch> fetch_;
  std::vector<MemberPtr> members_;  ///< the first one pays; they and this hold each other until they leave or it ends
  std::optional<content::Manifest> head_;
  std::optional<FetchProgress> progress_;
  std::vector<Piece> kept_;
  std::uint64_t kept_bytes_ = 0;
  bool all_kept_ = true;
  bool over_ = false;
  ordered_json paid_before_;  ///< the receipt when the one that pays now began to
};

std::shared_ptr<Job> SharedFetch::add(std::uint64_t id, FetchCallbacks callbacks, JobEnded ended) {
  auto member = std::make_shared<Member>(shared_from_this(), id, std::move(callbacks), std::move(ended));
  members_.push_back(member);
  loop_.post([self = shared_from_this(), member] {
    self->show(*member);
    self->show_progress(*member);
  });
  return member;
}

FetchCallbacks SharedFetch::callbacks() {
  FetchCallbacks told;
  const auto weak = weak_from_this();
  told.on_head = [weak](const content::Manifest& head) {
    const auto self = weak.lock();
    if (!self) return;
    self->head_ = head;
    for (const auto& member : std::vector(self->members_)) self->show(*member);
  };
  told.on_chunk_data = [weak](std::uint64_t offset, wire::Payload bytes, const Task& taken) {
    if (const auto self = weak.lock()) self->take(offset, std::move(bytes));
    taken();
  };
  told.on_charged = [weak](const std::string& relay, base::Amount charge, std::uint64_t bytes) {
    const auto self = weak.lock();
    if (self && !self->members_.empty() && self->members_.front()->callbacks.on_charged) self->members_.front()->callbacks.on_charged(relay, charge, bytes);
  };
  told.on_progress = [weak](const FetchProgress& progress) {
    const auto self = weak.lock();
    if (!self) return;
    self->progress_ = progress;
    for (const auto& member : std::vector(self->members_)) self->show_progress(*member);
  };
  told.on_done = [weak](const std::string& receipt, const base::Error* error) {
    if (const auto self = weak.lock()) self->finish(receipt, error);
  };
  return told;
}

void SharedFetch::take(std::uint64_t offset, wire::Payload bytes) {
  kept_bytes_ += bytes.bytes.size();
  kept_.push_back({offset, std::move(bytes)});
  for (const auto& member : std::vector(members_)) show(*member);
  if (!all_kept_ || kept_bytes_ > SharedFetches::kKept) {
    all_kept_ = false;
    kept_.clear();
    for (const auto& member : members_) member->shown = 0;
  }
}

/// All that is there and it has not seen.
void SharedFetch::show(Member& member) {
  if (head_ && !member.over && !std::exchange(member.head_shown, true) && member.callbacks.on_head) member.callbacks.on_head(*head_);
  while (!member.over && member.shown < kept_.size()) {
    const auto piece = kept_[member.shown++];
    if (!member.callbacks.on_data || piece.bytes.bytes.empty() || member.callbacks.on_data(piece.offset, piece.bytes.bytes)) continue;
    return leave(member, base::refusal("cancelled", "the receiver of the data said stop"));
  }
}

void SharedFetch::show_progress(Member& member) {
  if (!progress_ || member.over || !member.callbacks.on_progress) return;
  auto progress = *progress_;
  if (!pays(member)) progress.charged = {};
  member.callbacks.on_progress(progress);
}

std::string SharedFetch::receipt_for(const Member& member, const std::string& receipt) const {
  return pays(member) ? paid_since(receipt, paid_before_) : paid_by(members_.front()->id, receipt);
}

void SharedFetch::leave(Member& member, const base::Error& why) {
  if (member.over || over_) return;
  if (members_.size() == 1) return fetch_->cancel(why);
  const auto receipt = fetch_->receipt_json();
  const auto own = receipt_for(member, receipt);
  const auto found = std::find_if(members_.begin(), members_.end(), [&member](const auto& entry) { return entry.get() == &member; });
  const auto left = *found;
  if (pays(member)) paid_before_ = ordered_json::parse(receipt);
  members_.erase(found);
  left->over = true;
  loop_.post([left, own, why] {
    if (left->callbacks.on_done) left->callbacks.on_done(own, &why);
    left->ended(left->id);
  });
}

void SharedFetch::finish(const std::string& receipt, const base::Error* error) {
  over_ = true;
  const auto self = shared_from_this();  // the last member to be forgotten may be the last that holds this
  std::vector<std::string> receipts;
  for (const auto& member : members_) receipts.push_back(receipt_for(*member, receipt));
  const auto members = std::exchange(members_, {});
  for (std::size_t i = 0; i < members.size(); ++i) {
    auto& member = *members[i];
    show(member);
    member.over = true;
    if (member.callbacks.on_done) member.callbacks.on_done(receipts[i], error);
    member.ended(member.id);
  }
  loop_.post([self, members] {});  // the fetch is on the call stack
}

std::shared_ptr<Job> SharedFetches::add(std::uint64_t id, FetchRequest request, FetchCallbacks callbacks, JobEnded ended) {
  if (!can_be_shared(request, callbacks)) return start_(id, std::move(request), std::move(callbacks), std::move(ended));
  std::erase_if(running_, [](const auto& entry) { return entry.expired(); });
  for (const auto& entry : running_) {
    const auto share = entry.lock();
    if (share && share->can_take(request)) return share->add(id, std::move(callbacks), std::move(ended));
  }
  const auto share = std::make_shared<SharedFetch>(loop_, std::move(request));
  running_.push_back(share);
  auto job = share->add(id, std::move(callbacks), std::move(ended));
  share->start(start_, id);
  return job;
}

}  // namespace ferry::client
