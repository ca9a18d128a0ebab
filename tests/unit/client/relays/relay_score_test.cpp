#include "client/relays/relay_score.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace ferry::client {

using base::Amount;

namespace {

RelayNeed need() {
  RelayNeed need;
  need.usual_per_mib = Amount::btt(200);
  need.quickest_seconds = 0.09;
  return need;
}

RelayScore good(std::uint64_t price = 200) {
  RelayScore score;
  for (int i = 0; i < 200; ++i) score.chunk_was_right();
  for (int i = 0; i < 40; ++i) score.answered(true);
  score.first_byte_after(0.05);
  score.brought(25'000'000, 1);
  score.miss_per_mib = Amount::btt(price);
  return score;
}

}  // namespace

TEST_CASE("relay score: a lie weighs more than all the right chunks of a day, and heals slowly") {
  auto score = good();
  const double before = weight_of(score, need());
  score.lied();
  CHECK(score.correctness.lower_bound() < 0.85);
  CHECK(weight_of(score, need()) < 0.75 * before);
  for (int i = 0; i < 200; ++i) score.chunk_was_right();
  CHECK(score.correctness.lower_bound() < 0.95);
  for (int i = 0; i < 5000; ++i) score.chunk_was_right();
  CHECK(score.correctness.lower_bound() > 0.97);
}

TEST_CASE("relay score: failures to answer are forgotten sooner than lies") {
  auto score = good();
  for (int i = 0; i < 20; ++i) score.answered(false);
  CHECK(score.availability.lower_bound() < 0.4);
  for (int i = 0; i < 60; ++i) score.answered(true);
  CHECK(score.availability.lower_bound() > 0.85);
  CHECK(score.correctness.lower_bound() > 0.95);
}

TEST_CASE("relay score: little experience is not taken for much") {
  Reliability once, often;
  once.add(true, 1);
  for (int i = 0; i < 100; ++i) often.add(true, 1);
  CHECK(once.lower_bound() < often.lower_bound());
  CHECK(once.lower_bound() < 0.6);
}

TEST_CASE("relay score: of equals the cheaper and the faster weighs more, and a new one its hundredth at least") {
  CHECK(weight_of(good(150), need()) > weight_of(good(200), need()));
  auto slow = good();
  for (int i = 0; i < 50; ++i) slow.brought(100'000, 1);
  CHECK(weight_of(slow, need()) < weight_of(good(), need()) / 2);
  RelayScore fresh;
  CHECK(weight_of(fresh, need()) >= 0.01);
  CHECK(weight_of(fresh, need()) < weight_of(good(), need()));
  auto bad = good(100'000);
  for (int i = 0; i < 40; ++i) bad.answered(false);
  CHECK(weight_of(bad, need()) == doctest::Approx(0.01));
}

TEST_CASE("relay score: chunks that come in bursts are as fast as the bursts come") {
  RelayScore score;
  for (int i = 0; i < 200; ++i) score.brought(250'000, i % 5 == 0 ? 0.5 : 1e-6);  // five in half a second: 2.5 MB/s
  CHECK(*score.bytes_per_second > 1.5e6);
  CHECK(*score.bytes_per_second < 5e6);
}

TEST_CASE("relay score: what a file says is taken only when it can be meant") {
  Reliability known;
  CHECK_FALSE(known.restore(0.5, 3));
  CHECK_FALSE(known.restore(std::numeric_limits<double>::quiet_NaN(), 3));
  CHECK_FALSE(known.restore(std::numeric_limits<double>::infinity(), 3));
  CHECK(known.restore(11, 2));
  CHECK(known.mean() == doctest::Approx(11.0 / 13));
}

TEST_CASE("relay score: it is told in words") {
  CHECK(describe(RelayScore{}, need()).find("new") == 0);
  auto score = good();
  CHECK(describe(score, need()).find("were right") != std::string::npos);
  CHECK(describe(score, need()).find("answered 100 %") != std::string::npos);
  score.lied();
  const auto text = describe(score, need());
  CHECK(text.find("lied") != std::string::npos);
  CHECK(text.find("200 BTT per MiB") != std::string::npos);
}

}  // namespace ferry::client
