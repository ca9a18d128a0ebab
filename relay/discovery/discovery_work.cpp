#include <utility>

#include "relay/discovery/discovery_work.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>

#include "relay/ops/private_file.hpp"

namespace ferry::relay::discovery {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using base::Duration;
using base::Time;
using ferry::discovery::DescriptorBook;
using ferry::discovery::SignedDescriptor;

namespace {

/// A walk also announces this relay; what is announced in the DHT is kept for half an hour. While nobody new turns up, walks grow rarer.
constexpr Duration kFirstPause = 500ms;
constexpr Duration kPauseAfterNews = 1s;
constexpr Duration kLongestPause = 10min;

constexpr Duration kIssueAgain = 6h;
/// Items are kept for two hours.
constexpr Duration kPublishAgain = 1h;
constexpr Duration kLookAgain = 10min;
constexpr Duration kSaveAgain = 10min;
/// Of descriptors that are asked for in the DHT because they are no longer fresh.
constexpr Duration kNoLongerFresh = 12h;
constexpr std::size_t kRefreshedAtOnce = 16;

/// Objects are announced one after the other, in rounds: 30 a minute of the 256 that were asked for last.
constexpr std::size_t kAnnouncedObjects = 256;
constexpr Duration kBetweenObjects = 2s;
constexpr Duration kRoundOfObjects = 20min;

constexpr std::size_t kProbesAtOnce = 8;
constexpr std::size_t kScratchBytes = 16 * 1024;

void count(DiscoveryCounters::Count& counter, std::uint64_t amount = 1) { counter.fetch_add(amount, std::memory_order_relaxed); }

std::uint64_t probe_lot() {
  std::uint64_t seed = 0;
  std::array<std::uint8_t, sizeof seed> bytes{};
  base::fill_random(bytes);
  std::memcpy(&seed, bytes.data(), sizeof seed);
  return seed;
}

}  // namespace

DiscoveryWork::DiscoveryWork(asio::io_context& io, DiscoverySettings settings, DiscoverySurroundings surroundings, std::shared_ptr<wire::TlsContext> tls)
    : io_(io),
      settings_(std::move(settings)),
      around_(std::move(surroundings)),
      scratch_(kScratchBytes),
      means_{io, std::move(tls), base::MutableByteView{scratch_}, probing_},
      queue_(settings_.probes, probe_lot()),
      due_(io),
      walk_pause_(kFirstPause) {}

base::Result<void> DiscoveryWork::prepare() {
  FERRY_CHECK(issue(around_.clock()));
  if (!settings_.dht) return {};
  const auto state = read_private_file(settings_.state_file);
  if (!state) spdlog::warn("the DHT's state of the last run is not used: {}", state.error().message);
  const std::string saved = state && *state ? **state : std::string{};
  FERRY_TRY(dht_, Dht::start(*settings_.dht, base::bytes_of(saved), [this] { asio::post(io_, [this] { read_news(); }); }));
  save_at_ = around_.clock() + kSaveAgain;
  spdlog::info("the DHT listens on UDP port {}", dht_->port());
  return {};
}

asio::awaitable<void> DiscoveryWork::run() {
  while (!stopping_) {
    const auto now = around_.clock();
    do_what_is_due(now);
    co_await due_.wait(std::clamp<Duration>(until_next(now), 10ms, 1h));
  }
}

void DiscoveryWork::stop() {
  if (std::exchange(stopping_, true)) return;
  searches_.end_all(around_.directory);
  if (dht_) save_state(around_.clock());
  dht_.reset();
  boost::system::error_code ignored;
  for (auto* socket : probing_) socket->close(ignored);
  due_.notify();
}

void DiscoveryWork::do_what_is_due(Time now) {
  if (issue_at_ <= now) {
    if (const auto issued = issue(now); !issued) spdlog::error("this relay's descriptor cannot be issued anew: {}", issued.error().message);
  }
  if (look_at_ <= now) look_after_directory(now);
  if (!dht_) return;
  if (walk_at_ <= now) walk(now);
  if (publish_at_ <= now) publish(now);
  if (announce_at_ <= now) announce_objects(now);
  if (save_at_ <= now) save_state(now);
  start_probes(now);
  searches_.end_due(around_.directory, now);
}

Duration DiscoveryWork::until_next(Time now) const {
  auto next = std::min(issue_at_, look_at_);
  if (dht_) next = std::min({next, walk_at_, publish_at_, announce_at_, save_at_, searches_.next_end()});
  if (dht_ && queue_.waiting() > 0 && probes_running_ < kProbesAtOnce) next = std::min(next, queue_.next_turn());
  return next - now;
}

void DiscoveryWork::walk(Time now) {
  for (const auto& node : settings_.bootstrap) dht_->add_node(node);
  dht_->announce(ferry::discovery::relays_key(), settings_.public_port);
  walk_at_ = now + walk_pause_;
  walk_pause_ = std::min<Duration>(walk_pause_ * 2, kLongestPause);
}

base::Result<void> DiscoveryWork::issue(Time now) {
  issue_at_ = now + kIssueAgain;
  FERRY_TRY(auto own, around_.own.issue(now));
  around_.directory.set_own(std::move(own));
  publish_at_ = now;
  return {};
}

void DiscoveryWork::publish(Time now) {
  // Into an empty network nothing can be put: it is said again soon, until walks have become rare.
  publish_at_ = now + std::clamp<Duration>(walk_pause_ * 2, 2s, kPublishAgain);
  if (walk_pause_ >= kLongestPause) publish_at_ = now + kPublishAgain;
  if (const auto own = around_.directory.own()) dht_->publish(around_.item_seed, (*own)->sequence, own->bytes());
}

void DiscoveryWork::announce_objects(Time now) {
  announce_at_ = now + kBetweenObjects;
  if (to_announce_.empty()) {
    if (around_.held) to_announce_ = around_.held(kAnnouncedObjects);
    searches_.set_own(to_announce_);
    std::ranges::reverse(to_announce_);
  }
  if (to_announce_.empty()) return;
  dht_->announce(ferry::discovery::holders_key(to_announce_.back()), settings_.public_port);
  count(around_.counters.objects_announced);
  to_announce_.pop_back();
  if (to_announce_.empty()) announce_at_ = now + kRoundOfObjects;
}

void DiscoveryWork::look_after_directory(Time now) {
  look_at_ = now + kLookAgain;
  around_.directory.forget_old(now);
  if (!dht_) return;
  for (const auto& key : around_.directory.issued_before(now - kNoLongerFresh, kRefreshedAtOnce)) dht_->fetch(key);
}

void DiscoveryWork::save_state(Time now) {
  save_at_ = now + kSaveAgain;
  const auto state = dht_->save_state();
  if (const auto kept = replace_private_file(settings_.state_file, base::text_of(state)); !kept) spdlog::warn("{}", kept.error().message);
}

void DiscoveryWork::read_news() {
  if (!dht_) return;
  const auto now = around_.clock();
  for (const auto& news : dht_->take_news()) {
    std::visit([this, now](const auto& came) { on(came, now); }, news);
  }
  due_.notify();
}

void DiscoveryWork::on(const PeersCame& came, Time now) {
  if (came.key == ferry::discovery::relays_key()) count(around_.counters.peers_told, came.peers.size());
  else searches_.told(came.key, came.peers, now);
  for (const auto& peer : came.peers) consider(peer, now);
}

/// Only news of relays that were met: that they exist was proved then.
void DiscoveryWork::on(const ItemCame& came, Time now) {
  auto descriptor = SignedDescriptor::read(came.value);
  if (!descriptor || (*descriptor)->item_key != came.key || !around_.directory.find((*descriptor)->relay)) return;
  const auto learned = around_.directory.learn(std::move(*descriptor), now);
  if (learned && *learned == DescriptorBook::News::newer) count(around_.counters.items_taken);
}

void DiscoveryWork::consider(const SocketAddress& peer, Time now) {
  if (!around_.may_contact(peer)) return count(around_.counters.peers_refused);
  queue_.offer(peer, now);
}

void DiscoveryWork::start_probes(Time now) {
  while (probes_running_ < kProbesAtOnce) {
    const auto where = queue_.take(now);
    if (!where) return;
    ++probes_running_;
    asio::co_spawn(io_, probe(*where), asio::detached);
  }
}

asio::awaitable<void> DiscoveryWork::probe(SocketAddress where) {
  auto answer = co_await probe_relay(means_, where);
  --probes_running_;
  const auto now = around_.clock();
  if (answer) {
    count(around_.counters.probes_met);
    met(where, std::move(*answer), now);
  } else {
    count(around_.counters.probes_failed);
    queue_.failed(where, now);
    spdlog::debug("no relay: {} ({})", answer.error().message, answer.error().code);
  }
  due_.notify();
}

void DiscoveryWork::met(const SocketAddress& where, SignedDescriptor descriptor, Time now) {
  queue_.met(where, now);
  const auto relay = descriptor->relay;
  const auto learned = around_.directory.learn(std::move(descriptor), now);
  if (learned || learned.error().code == "descriptor_own") searches_.met(where, relay);
  if (!learned) {
    if (learned.error().code != "descriptor_own") count(around_.counters.descriptors_refused);
    return;
  }
  if (*learned != DescriptorBook::News::unknown_before) return;
  spdlog::info("met the relay {}", relay.to_eip55());
  walk_pause_ = kPauseAfterNews;
  walk_at_ = std::min(walk_at_, now + kPauseAfterNews);
}

void DiscoveryWork::search(const base::Hash256& root, std::size_t limit, std::function<void(std::vector<base::Bytes>)> found) {
  count(around_.counters.searches);
  const auto now = around_.clock();
  if (!dht_ || stopping_) return found({});
  if (searches_.start(root, limit, std::move(found), around_.directory, now)) dht_->search(ferry::discovery::holders_key(root));
  due_.notify();
}

}  // namespace ferry::relay::discovery
