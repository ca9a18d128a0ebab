#include "protocol/discovery/descriptor_book.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

#include "protocol/discovery/dht_key.hpp"
#include "tests/unit/protocol/discovery/descriptor_samples.hpp"

using namespace ferry;
using namespace ferry::discovery;

namespace {

using News = DescriptorBook::News;

std::string refusal_of(DescriptorBook& book, SignedDescriptor descriptor, base::Time now = samples::kNow) {
  const auto added = book.add(std::move(descriptor), now);
  return added ? "ok" : added.error().code;
}

SignedDescriptor at(std::uint8_t number, const std::string& host, base::Duration age = base::Duration{0}) {
  auto descriptor = samples::descriptor(number);
  descriptor.endpoints = {{base::Host::parse(host).value(), 1}};
  descriptor.issued_at = samples::kNow - age;
  return samples::signed_by(number, descriptor);
}

}  // namespace

TEST_CASE("descriptor book: the newer descriptor of a relay takes the place of the older") {
  DescriptorBook book(10);
  CHECK(book.add(samples::signed_descriptor(1, 7), samples::kNow).value() == News::unknown_before);
  CHECK(book.add(samples::signed_descriptor(1, 7), samples::kNow).value() == News::nothing);
  CHECK(book.add(samples::signed_descriptor(1, 8), samples::kNow).value() == News::newer);
  CHECK(book.size() == 1);
  CHECK((*book.find(samples::key(1).address()))->sequence == 8);
}

TEST_CASE("descriptor book: a relay's number never goes back") {
  DescriptorBook book(10);
  CHECK(refusal_of(book, samples::signed_descriptor(1, 8)) == "ok");
  CHECK(refusal_of(book, samples::signed_descriptor(1, 7)) == "descriptor_back");
  CHECK((*book.find(samples::key(1).address()))->sequence == 8);
}

TEST_CASE("descriptor book: one number names one descriptor") {
  DescriptorBook book(10);
  auto other = samples::descriptor(1, 8);
  other.region = "fr";
  CHECK(refusal_of(book, samples::signed_descriptor(1, 8)) == "ok");
  CHECK(refusal_of(book, samples::signed_by(1, other)) == "descriptor_twice");
}

TEST_CASE("descriptor book: what is old is not taken, not told, and forgotten") {
  DescriptorBook book(10);
  const auto later = samples::kNow + kDescriptorLife + base::Duration{1};
  CHECK(refusal_of(book, samples::signed_descriptor(1), later) == "descriptor_old");
  CHECK(refusal_of(book, samples::signed_descriptor(1)) == "ok");
  CHECK(book.pick("", 10, 1, later).empty());
  book.forget_old(later);
  CHECK(book.size() == 0);
}

TEST_CASE("descriptor book: a flood from one network displaces only its own") {
  DescriptorBook book(8);
  CHECK(refusal_of(book, at(1, "198.51.100.1")) == "ok");
  CHECK(refusal_of(book, at(2, "relay.example.org")) == "ok");
  for (std::uint8_t number = 10; number < 60; ++number) {
    CHECK(refusal_of(book, at(number, "203.0.113." + std::to_string(number), std::chrono::minutes(100 - number))) == "ok");
  }
  CHECK(book.size() == 8);
  CHECK(book.find(samples::key(1).address()) != nullptr);
  CHECK(book.find(samples::key(2).address()) != nullptr);
  CHECK(book.find(samples::key(59).address()) != nullptr);
}

TEST_CASE("descriptor book: a short answer names every network before it names one twice") {
  DescriptorBook book(100);
  for (std::uint8_t number = 10; number < 60; ++number) CHECK(refusal_of(book, at(number, "203.0.113." + std::to_string(number))) == "ok");
  CHECK(refusal_of(book, at(1, "198.51.100.1")) == "ok");
  CHECK(refusal_of(book, at(2, "a.example.org")) == "ok");
  for (std::uint64_t draw = 0; draw < 20; ++draw) {
    const auto picked = book.pick("", 3, draw, samples::kNow);
    REQUIRE(picked.size() == 3);
    std::set<std::string> networks;
    for (const auto* descriptor : picked) networks.insert(network_of((*descriptor)->endpoints.front().host));
    CHECK(networks.size() == 3);
  }
  CHECK(book.pick("", 1000, 1, samples::kNow).size() == 52);
}

TEST_CASE("descriptor book: one relay more displaces one of those that were picked at most") {
  DescriptorBook book(100);
  const auto picked = [&book] {
    std::set<base::Address> relays;
    for (const auto* descriptor : book.pick("", 8, 7, samples::kNow)) relays.insert((*descriptor)->relay);
    return relays;
  };
  for (std::uint8_t number = 10; number < 40; ++number) {
    const auto before = picked();
    // Half of them in one network.
    CHECK(refusal_of(book, at(number, (number % 2 == 0 ? "203.0.113." : "198.51." + std::to_string(number) + ".") + std::to_string(number))) == "ok");
    const auto after = picked();
    std::vector<base::Address> gone;
    std::ranges::set_difference(before, after, std::back_inserter(gone));
    CHECK(gone.size() <= 1);
  }
  CHECK(picked().size() == 8);
}

TEST_CASE("descriptor book: a region is picked by its name") {
  DescriptorBook book(10);
  auto french = samples::descriptor(2);
  french.region = "fr";
  CHECK(refusal_of(book, samples::signed_descriptor(1)) == "ok");
  CHECK(refusal_of(book, samples::signed_by(2, french)) == "ok");
  const auto picked = book.pick("fr", 10, 1, samples::kNow);
  REQUIRE(picked.size() == 1);
  CHECK((*picked.front())->relay == french.relay);
}

TEST_CASE("descriptor book: networks of hosts") {
  const auto network = [](const char* host) { return network_of(base::Host::parse(host).value()); };
  CHECK(network("203.0.113.7") == network("203.0.113.250"));
  CHECK(network("203.0.113.7") != network("203.0.112.7"));
  CHECK(network("[2001:db8:1::1]") == network("[2001:db8:1:ffff::2]"));
  CHECK(network("[2001:db8:1::1]") != network("[2001:db8:2::1]"));
  CHECK(network("a.b.example.org") == network("c.example.org"));
  CHECK(network("localhost") == "localhost");
}

TEST_CASE("DHT keys: as documented, and different for every object") {
  CHECK(base::to_hex(relays_key()) == "dc82a16f9ff694e7d6e9b7940f97dfc6c5dc5e11");
  base::Hash256 root;
  root.data.fill(1);
  CHECK(holders_key(root) != holders_key({}));
  CHECK(item_seed(samples::key(1)) != item_seed(samples::key(2)));
}
