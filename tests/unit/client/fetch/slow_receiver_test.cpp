// A receiver that takes its chunks when it likes: what is held back, what goes on meanwhile, and how it ends.

#include <condition_variable>
#include <deque>
#include <mutex>

#include "client/fetch/fetch.hpp"
#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;

namespace {

/// Keeps what it gets until the test takes it.
class SlowReceiver {
 public:
  explicit SlowReceiver(TestClient& client) : client_(client) {}

  PendingFetch start(FetchRequest request) {
    return client_.start(std::move(request), [this](FetchCallbacks& callbacks) {
      callbacks.on_chunk_data = [this](std::uint64_t offset, wire::Payload bytes, Task taken) { put({offset, std::move(bytes), std::move(taken)}); };
      callbacks.on_done = [this, told = callbacks.on_done](const std::string& receipt, const base::Error* error) {
        is_done = true;
        told(receipt, error);
      };
    });
  }
  void wait_for(std::size_t held) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(30), [&] { return held_.size() >= held; })) throw std::runtime_error("the chunks do not come");
  }
  std::size_t held() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }
  void take_newest() {
    on_loop([this] { take(pop(false)); });
  }
  /// All that is there, and from now on whatever comes, at once.
  void take_all() {
    on_loop([this] {
      is_fast_ = true;
      while (held() > 0) take(pop(true));
    });
  }
  /// Where the client is not any more.
  void take_all_here() {
    while (held() > 0) take(pop(true));
  }
  void on_loop(const std::function<void()>& work) {
    client_.run([&](Core&, KnownRelays&, const ResultJobPtr& job) {
      work();
      job->succeed(nlohmann::json::object());
    });
  }

  base::Bytes body;
  std::atomic<bool> is_done{false};

 private:
  struct Chunk {
    std::uint64_t offset = 0;
    wire::Payload bytes;
    Task taken;
  };
  void put(Chunk chunk) {
    if (is_fast_) return take(std::move(chunk));
    const std::lock_guard lock(mutex_);
    held_.push_back(std::move(chunk));
    changed_.notify_all();
  }
  Chunk pop(bool oldest) {
    const std::lock_guard lock(mutex_);
    auto chunk = std::move(oldest ? held_.front() : held_.back());
    oldest ? held_.pop_front() : held_.pop_back();
    return chunk;
  }
  void take(Chunk chunk) {
    const auto bytes = chunk.bytes.bytes;
    body.resize(std::max<std::size_t>(body.size(), chunk.offset + bytes.size()));
    std::copy(bytes.begin(), bytes.end(), body.begin() + static_cast<std::ptrdiff_t>(chunk.offset));
    chunk.taken();
  }

  TestClient& client_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Chunk> held_;
  bool is_fast_ = false;
};

constexpr const char* kOther = "http://origin.test/other";
constexpr std::size_t kLong = 20 * kChunk + 100;

struct Slow {
  TestLedger ledger;
  TestRelay relay{ledger};
  TestClient client;
  SlowReceiver receiver{client};

  explicit Slow(const std::function<void(ClientSettings&)>& change = {}, std::size_t size = kLong) : client({&relay}, change) {
    relay.serve(kUrl, object_of(size));
    relay.serve(kOther, object_of(kChunk, 7));
  }
  /// Another fetch goes through meanwhile; whatever the slow one was sent before has arrived then.
  void fetch_another() { CHECK(client.fetch(kOther).body == pattern(kChunk, 7)); }
};

}  // namespace

TEST_CASE("slow receiver: only the chunks ahead are sent, others go on, and all comes in the end") {
  for (const std::size_t ahead : {kChunksAhead, std::size_t{3}, std::size_t{2}, std::size_t{1}}) {
    CAPTURE(ahead);
    Slow slow;
    auto request = slow.client.request(kUrl);
    request.chunks_ahead = ahead;
    auto pending = slow.receiver.start(request);
    slow.receiver.wait_for(ahead);
    slow.fetch_another();
    CHECK(slow.receiver.held() == ahead);
    CHECK(slow.relay.chunks_sent() == ahead + 1);
    slow.receiver.take_all();
    CHECK(pending.wait().code() == "");
    CHECK(slow.receiver.body == pattern(kLong));
    CHECK(slow.relay.requests().size() == 2);
    check_agreement(slow.client, slow.relay);
  }
}

TEST_CASE("slow receiver: what is asked for unseen is no more than it takes") {
  Slow slow([](ClientSettings& settings) { settings.max_price = btt("2"); });
  auto request = slow.client.request(kUrl);
  request.chunks_ahead = 2;
  auto pending = slow.receiver.start(request);
  slow.receiver.wait_for(2);
  CHECK(slow.relay.requests()[0].window == 2 * kChunk);
  slow.receiver.take_all();
  CHECK(pending.wait().code() == "");
  CHECK(slow.receiver.body == pattern(kLong));
}

TEST_CASE("slow receiver: the fetch ends when all is taken, in whatever order, and its digest is right") {
  Slow slow({}, 3 * kChunk);
  auto request = slow.client.request(kUrl);
  request.sha256 = base::sha256(base::ByteView{pattern(3 * kChunk)});
  auto pending = slow.receiver.start(request);
  slow.receiver.wait_for(3);
  for (const int left : {3, 2, 1}) {
    CAPTURE(left);
    slow.fetch_another();
    CHECK_FALSE(slow.receiver.is_done);
    slow.receiver.take_newest();
  }
  const auto fetched = pending.wait();
  CHECK(fetched.code() == "");
  CHECK(fetched.receipt["sha256"] == request.sha256->hex());
  CHECK(fetched.receipt["bytes"] == 3 * kChunk);
  CHECK(slow.receiver.body == pattern(3 * kChunk));
}

TEST_CASE("slow receiver: cancelled, it ends at once, and what is taken afterwards changes nothing") {
  Slow slow;
  auto pending = slow.receiver.start(slow.client.request(kUrl));
  slow.receiver.wait_for(kChunksAhead);
  slow.client.client().cancel(pending.id());
  const auto fetched = pending.wait();
  CHECK(fetched.code() == "cancelled");
  CHECK(fetched.receipt["bytes"] == 0);
  CHECK(fetched.charged() == sum(kFee, times(kMissChunk, 8)));
  slow.receiver.take_newest();
  slow.fetch_another();
  check_agreement(slow.client, slow.relay);
  slow.client.close();
  slow.receiver.take_all_here();
}

TEST_CASE("slow receiver: a connection that is lost meanwhile is made up for when all is taken") {
  Slow slow;
  auto pending = slow.receiver.start(slow.client.request(kUrl));
  slow.receiver.wait_for(kChunksAhead);
  slow.relay.drop_connections();
  slow.fetch_another();
  CHECK(slow.receiver.held() == kChunksAhead);
  slow.receiver.take_all();
  CHECK(pending.wait().code() == "");
  CHECK(slow.receiver.body == pattern(kLong));
  CHECK(slow.relay.requests().back().first_chunk == kChunksAhead);
  check_agreement(slow.client, slow.relay);
}

TEST_CASE("slow receiver: a relay that gives it up is asked for the rest") {
  Slow slow;
  slow.relay.set([](Cheats& cheats) { cheats.give_up_at_chunk = kChunksAhead; });
  auto pending = slow.receiver.start(slow.client.request(kUrl));
  slow.receiver.wait_for(kChunksAhead);
  slow.fetch_another();
  slow.receiver.take_all();
  CHECK(pending.wait().code() == "");
  CHECK(slow.receiver.body == pattern(kLong));
  CHECK(slow.relay.requests().size() == 3);
  CHECK(slow.relay.requests().back().first_chunk == kChunksAhead);
}

TEST_CASE("slow receiver: the relay is not blamed for its pace, and a relay that stalls is") {
  const auto patience = [](ClientSettings& settings) {
    settings.patience.stalled = base::Duration{1'000};
    settings.patience.first_contact = settings.patience.after_progress = base::Duration{0};
  };
  Slow slow(patience);
  TestRelay stalling(slow.ledger);
  stalling.serve(kOther, object_of(kMib));
  stalling.set([](Cheats& cheats) { cheats.stall_at_chunk = 0; });
  auto pending = slow.receiver.start(slow.client.request(kUrl));
  slow.receiver.wait_for(kChunksAhead);
  // Its time is over later than that of the slow fetch.
  auto request = slow.client.request(kOther);
  request.relays = {*RelayReference::parse(stalling.reference())};
  CHECK(slow.client.fetch(request).code() == "relay_stalled");
  slow.receiver.take_all();
  CHECK(pending.wait().code() == "");
  CHECK(slow.relay.connections() == 1);
  CHECK(slow.relay.requests().size() == 1);
}

TEST_CASE("slow receiver: a body much smaller than a receive buffer comes as it is") {
  Slow slow({}, 10);
  auto pending = slow.receiver.start(slow.client.request(kUrl));
  slow.receiver.wait_for(1);
  slow.receiver.take_all();
  CHECK(pending.wait().code() == "");
  CHECK(slow.receiver.body == pattern(10));
}

}  // namespace ferry::client
