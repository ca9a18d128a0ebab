#include "client/relays/found_relays.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <future>

#include "client/wallet/private_file.hpp"
#include "tests/unit/client/scratch_dir.hpp"
#include "tests/unit/protocol/discovery/descriptor_samples.hpp"

namespace ferry::client {

using testing::ScratchDir;
namespace samples = discovery::samples;

namespace {

/// The relays that one client found, under a clock that a test moves.
struct Finds {
  ClientSettings settings;
  std::atomic<std::int64_t> now_ms{samples::kNow.unix_ms};
  std::unique_ptr<Loop> loop = std::move(*Loop::start());
  FoundRelays found;

  explicit Finds(const ScratchDir& scratch)
      : found(*loop, scratch / "relays.json", Announcer(settings), [this] { return base::Time{now_ms}; }) {
    found.load();
  }
  ~Finds() {
    loop->post([this] { loop->stop(); });
    loop->join();
  }
  std::string learn(const base::Bytes& bytes) {
    const auto learned = found.learn(bytes);
    return learned ? "ok" : learned.error().code;
  }
  /// Waits until it is written: the loop ends its work before it ends.
  void save() {
    std::promise<void> done;
    loop->post([this, &done] {
      found.save();
      done.set_value();
    });
    done.get_future().get();
  }
};

}  // namespace

TEST_CASE("found relays: are kept over a start, and their numbers with them") {
  const ScratchDir scratch;
  {
    Finds finds(scratch);
    CHECK(finds.learn(samples::signed_descriptor(1, 8).bytes()) == "ok");
    CHECK(finds.learn(samples::signed_descriptor(2).bytes()) == "ok");
    finds.save();
  }
  Finds again(scratch);
  CHECK(again.found.size() == 2);
  CHECK(again.found.find(samples::key(1).address())->sequence == 8);
  CHECK(again.learn(samples::signed_descriptor(1, 7).bytes()) == "descriptor_back");
  const auto some = again.found.some(10);
  REQUIRE(some.size() == 2);
  CHECK(again.found.some(1).size() == 1);
  for (const auto& reference : some) CHECK(reference.port == 8443);
}

TEST_CASE("found relays: who is learned of is among those that are given next, a newer place in the stead of an older") {
  const ScratchDir scratch;
  Finds finds(scratch);
  CHECK(finds.learn(samples::signed_descriptor(1, 7).bytes()) == "ok");
  CHECK(finds.found.some(10).size() == 1);
  CHECK(finds.learn(samples::signed_descriptor(2).bytes()) == "ok");
  CHECK(finds.found.some(10).size() == 2);
  auto moved = samples::descriptor(1, 8);
  moved.endpoints = {{base::Host::parse("198.51.100.9").value(), 9000}};
  CHECK(finds.learn(samples::signed_by(1, moved).bytes()) == "ok");
  const auto some = finds.found.some(10);
  CHECK(std::ranges::count_if(some, [](const auto& reference) { return reference.port == 9000; }) == 1);
}

TEST_CASE("found relays: what is not signed by its relay is not believed") {
  const ScratchDir scratch;
  Finds finds(scratch);
  auto bytes = samples::signed_descriptor(1).bytes();
  bytes.back() ^= 1U;
  CHECK(finds.learn(bytes) != "ok");
  CHECK(finds.learn({}) != "ok");
  CHECK(finds.learn(base::Bytes(discovery::kMaxSignedDescriptor + 1, 0x91)) == "pack_limit");
  CHECK(finds.found.size() == 0);
}

TEST_CASE("found relays: old ones are not used, and left behind at the next start") {
  const ScratchDir scratch;
  {
    Finds finds(scratch);
    CHECK(finds.learn(samples::signed_descriptor(1).bytes()) == "ok");
    finds.save();
    CHECK(finds.found.some(10).size() == 1);
    finds.now_ms += (discovery::kDescriptorLife + base::Duration{1}).count();
    CHECK(finds.found.some(10).empty());
    CHECK_FALSE(finds.found.find(samples::key(1).address()).has_value());
  }
  Finds later(scratch);
  CHECK(later.found.size() == 1);  // its clock stands where it stood
}

TEST_CASE("found relays: a damaged file is as good as none") {
  const ScratchDir scratch;
  for (const char* text : {"", "{", "[]", R"({"relays":7})", R"({"relays":[7,"zz","00"]})"}) {
    std::ofstream(scratch / "relays.json") << text;
    Finds finds(scratch);
    CHECK(finds.found.size() == 0);
  }
}

}  // namespace ferry::client
