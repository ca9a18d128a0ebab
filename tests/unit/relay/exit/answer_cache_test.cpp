#include "relay/exit/answer_cache.hpp"

#include <doctest/doctest.h>

namespace {

using namespace ferry;
using namespace ferry::relay::exit;
using std::chrono::seconds;

const AnswerCache::TimePoint kStart{};

AnswerCache::Outcome answer(std::uint8_t last) { return Addresses{base::IpAddress::v4({8, 8, 8, last})}; }

/// The last part of the remembered address, the code of the remembered failure, or nothing.
std::string known(AnswerCache& cache, const char* name, seconds since_start) {
  const auto outcome = cache.find(name, kStart + since_start);
  if (!outcome) return "nothing";
  return *outcome ? std::to_string(outcome->value().front().data[3]) : outcome->error().code;
}

TEST_CASE("answer cache: an answer is known until its time, not at it") {
  AnswerCache cache{4};
  cache.put("a.example", answer(1), kStart + seconds{10});
  CHECK(known(cache, "a.example", seconds{9}) == "1");
  CHECK(known(cache, "a.example", seconds{10}) == "nothing");
  CHECK(cache.size() == 0);
}

TEST_CASE("answer cache: failures are remembered like answers") {
  AnswerCache cache{4};
  cache.put("no.example", base::fail(base::environment("exit_name_not_found", "none")), kStart + seconds{10});
  CHECK(known(cache, "no.example", seconds{9}) == "exit_name_not_found");
}

TEST_CASE("answer cache: a later answer replaces the earlier one") {
  AnswerCache cache{4};
  cache.put("a.example", answer(1), kStart + seconds{10});
  cache.put("a.example", answer(2), kStart + seconds{20});
  CHECK(cache.size() == 1);
  CHECK(known(cache, "a.example", seconds{15}) == "2");
}

TEST_CASE("answer cache: when full it forgets the name that was asked for longest ago") {
  AnswerCache cache{2};
  const auto until = kStart + seconds{10};
  cache.put("a.example", answer(1), until);
  cache.put("b.example", answer(2), until);
  CHECK(cache.find("a.example", kStart).has_value());
  cache.put("c.example", answer(3), until);
  CHECK(cache.size() == 2);
  CHECK(cache.find("a.example", kStart).has_value());
  CHECK_FALSE(cache.find("b.example", kStart).has_value());
  CHECK(cache.find("c.example", kStart).has_value());
}

TEST_CASE("answer cache: it never grows beyond its bound") {
  AnswerCache cache{16};
  for (int i = 0; i < 1000; ++i) {
    cache.put("n" + std::to_string(i), answer(1), kStart + seconds{10});
    REQUIRE(cache.size() <= 16);
  }
  AnswerCache none{0};
  none.put("a.example", answer(1), kStart + seconds{10});
  CHECK(none.size() == 0);
}

}  // namespace
