#include "relay/discovery/own_descriptor.hpp"

#include <doctest/doctest.h>

#include "relay/ops/private_file.hpp"
#include "tests/unit/protocol/discovery/descriptor_samples.hpp"
#include "tests/unit/relay/temporary_directory.hpp"

using namespace ferry;
using namespace ferry::relay;
using namespace ferry::relay::discovery;
using ferry::relay::test::TemporaryDirectory;
namespace samples = ferry::discovery::samples;

namespace {

OwnDescriptor::Facts facts(std::string authority = "relay.example.org:8443") {
  OwnDescriptor::Facts out;
  out.authority = std::move(authority);
  out.software = "ferry-relay/9";
  out.started = samples::kNow;
  return out;
}

std::string refusal_of(const RelaySettings& settings, const std::string& authority = "relay.example.org:8443") {
  const auto key = samples::key(1);
  const auto own = OwnDescriptor::make(key, settings, facts(authority), "unused");
  return own ? "ok" : own.error().code;
}

}  // namespace

TEST_CASE("own descriptor: says what the settings say, signed") {
  const TemporaryDirectory folder;
  const auto key = samples::key(1);
  RelaySettings settings;
  settings.contact = "abuse@example.org";
  settings.discovery.family = "example";
  settings.discovery.region = "de";
  auto own = OwnDescriptor::make(key, settings, facts("[2001:db8::1]:8443"), folder.path() / "number").value();
  const auto issued = own.issue(samples::kNow).value();
  CHECK(issued->relay == key.address());
  CHECK(issued->endpoints.front().to_string() == "[2001:db8::1]:8443");
  CHECK(issued->family == "example");
  CHECK(issued->region == "de");
  CHECK(issued->contact == "abuse@example.org");
  CHECK(issued->miss_per_mib == settings.tariff.miss);
  CHECK(issued->issued_at == samples::kNow);
}

TEST_CASE("own descriptor: its number grows over restarts, whatever the clock does") {
  const TemporaryDirectory folder;
  const auto key = samples::key(1);
  const auto file = folder.path() / "number";
  const auto issue = [&](base::Time now) {
    auto own = OwnDescriptor::make(key, RelaySettings{}, facts(), file).value();
    return own.issue(now).value()->sequence;
  };
  const auto first = issue(samples::kNow);
  CHECK(first == static_cast<std::uint64_t>(samples::kNow.unix_seconds()));
  CHECK(issue(samples::kNow) == first + 1);
  CHECK(issue(samples::kNow - std::chrono::hours(1000)) == first + 2);
  CHECK(issue(samples::kNow + std::chrono::hours(1)) == first + 3600);
}

TEST_CASE("own descriptor: a contact that does not fit is shortened") {
  const auto key = samples::key(1);
  RelaySettings settings;
  settings.contact = "Zo\xc3\xab " + std::string(200, 'c');
  const auto own = OwnDescriptor::make(key, settings, facts(), "unused").value();
  CHECK(own.draft().contact == "Zo?? " + std::string(123, 'c'));
}

TEST_CASE("own descriptor: a damaged number is not guessed") {
  const TemporaryDirectory folder;
  const auto key = samples::key(1);
  const auto file = folder.path() / "number";
  CHECK(create_private_file(file, "17x\n").has_value());
  auto own = OwnDescriptor::make(key, RelaySettings{}, facts(), file).value();
  CHECK(own.issue(samples::kNow).error().code == "descriptor_number");
}

TEST_CASE("own descriptor: what nobody would read is refused at the start") {
  RelaySettings settings;
  CHECK(refusal_of(settings) == "ok");
  CHECK(refusal_of(settings, "relay.example.org") == "descriptor_setting");
  CHECK(refusal_of(settings, "relay.example.org:0") == "descriptor_setting");
  CHECK(refusal_of(settings, "not a host:1") == "host_character");
  CHECK(refusal_of(settings, std::string(60, 'a') + "." + std::string(60, 'b') + ":1") == "descriptor_setting");
  settings.discovery.region.assign(17, 'r');
  CHECK(refusal_of(settings) == "descriptor_setting");
}
