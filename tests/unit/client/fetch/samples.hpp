#pragma once
// What the tests of fetches share: a URL, bodies, and the prices of TestRelay's tariff.

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "protocol/base/hash.hpp"
#include "protocol/content/geometry.hpp"
#include "protocol/content/merkle.hpp"
#include "tests/unit/client/test_client.hpp"

template <>
struct doctest::StringMaker<ferry::base::Amount> {
  static String convert(const ferry::base::Amount& amount) { return (amount.to_btt() + " BTT").c_str(); }
};

namespace ferry::client::testing {

inline constexpr const char* kUrl = "http://origin.test/file";
inline constexpr std::size_t kMib = std::size_t{1} << 20U;
inline constexpr std::size_t kChunk = 256 * 1024;

inline TestObject object_of(std::size_t size, std::uint32_t seed = 1) {
  TestObject object;
  object.body = pattern(size, seed);
  return object;
}

inline base::Amount btt(const char* text) { return *base::Amount::parse_btt(text); }

/// Of the test tariff: 2 BTT per MiB that is fetched, 1 from the cache, 0.01 per request.
inline const base::Amount kMissChunk = btt("0.5");
inline const base::Amount kHitChunk = btt("0.25");
inline const base::Amount kFee = btt("0.01");

inline base::Amount times(base::Amount amount, std::uint64_t count) { return *amount.times(count); }
inline base::Amount sum(base::Amount a, base::Amount b) { return *a.plus(b); }

inline base::Bytes read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline bool is_there(const std::filesystem::path& path) { return std::filesystem::exists(path); }
inline std::filesystem::path part_of(std::filesystem::path file) { return file += ".ferry-part"; }
inline std::filesystem::path state_of(std::filesystem::path file) { return file += ".ferry-state"; }

/// A body of five chunks and a short one.
inline constexpr std::size_t kSize = 5 * kChunk + 100;

inline FetchRequest into_file(const TestClient& client, const std::filesystem::path& file, bool resume = false) {
  auto request = client.request(kUrl);
  request.file = file;
  request.resume = resume;
  return request;
}

inline void write_all(const std::filesystem::path& path, const base::Bytes& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// The one channel that a relay has with its only client.
inline channels::RelayChannel only_channel(const TestRelay& relay) {
  const auto channels = relay.channels();
  REQUIRE(channels.size() == 1);
  return channels.front();
}

/// Client and relay agree about one channel to the last unit, and nothing unsigned is owed.
inline void check_agreement(TestClient& client, TestRelay& relay) {
  const auto listed = client.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { list_channels(core, relays, job); });
  REQUIRE(listed.json);
  REQUIRE((*listed.json)["channels"].size() == 1);
  const auto& entry = (*listed.json)["channels"][0];
  // The last voucher may still be on its way.
  relay.wait_for([&] { return entry["signed"] == only_channel(relay).ceiling.to_btt(); });
  const auto channel = only_channel(relay);
  CHECK(entry["confirmed"] == channel.charged.to_btt());
  CHECK(channel.ceiling >= channel.charged);
}

}  // namespace ferry::client::testing
