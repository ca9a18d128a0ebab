#include "relay/discovery/own_descriptor.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "protocol/wire/limits.hpp"
#include "relay/ops/private_file.hpp"

namespace ferry::relay::discovery {

using base::Result;
using ferry::discovery::Descriptor;

namespace {

Result<ferry::discovery::Endpoint> parse_authority(const std::string& authority) {
  const auto colon = authority.rfind(':');
  ferry::discovery::Endpoint endpoint;
  FERRY_TRY(endpoint.host, base::Host::parse(authority.substr(0, colon)));
  const auto digits = colon == std::string::npos ? std::string{} : authority.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (endpoint.host.to_string().size() > Descriptor::kMaxHost) {
    return base::fail(base::refusal("descriptor_setting", "the host of --public-host has more than " + std::to_string(Descriptor::kMaxHost) + " characters"));
  }
  if (error != std::errc{} || end != digits.data() + digits.size() || endpoint.port == 0) {
    return base::fail(base::refusal("descriptor_setting", "'" + base::printable(authority) + "' has no valid port; mend --public-host"));
  }
  return endpoint;
}

Result<std::string> fitting(const std::string& text, std::size_t limit, const char* flag) {
  if (base::printable(text, limit) == text) return text;
  return base::fail(base::refusal("descriptor_setting", std::string(flag) + " stands in the relay's descriptor: at most " + std::to_string(limit) +
                                                            " characters of ASCII"));
}

Result<std::uint64_t> last_number(const std::filesystem::path& file) {
  FERRY_TRY(const auto text, read_private_file(file));
  if (!text) return 0;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error == std::errc{} && std::string_view(end, static_cast<std::size_t>(text->data() + text->size() - end)) == "\n") return number;
  return base::fail(base::environment("descriptor_number", file.string() + " holds no number: remove it, and the time takes its place"));
}

}  // namespace

Result<OwnDescriptor> OwnDescriptor::make(const base::SecretKey& identity, const RelaySettings& settings, Facts facts, std::filesystem::path number_file) {
  Descriptor draft;
  draft.relay = identity.address();
  draft.since = base::Time::from_seconds(facts.started.unix_seconds());
  FERRY_TRY(auto endpoint, parse_authority(facts.authority));
  draft.endpoints.push_back(std::move(endpoint));
  FERRY_TRY(draft.family, fitting(settings.discovery.family, Descriptor::kMaxFamily, "--family"));
  draft.contact = base::printable(settings.contact, Descriptor::kMaxContact);  // the front page has all of it
  FERRY_TRY(draft.region, fitting(settings.discovery.region, Descriptor::kMaxRegion, "--region"));
  const auto& tariff = settings.tariff;
  draft.hit_per_mib = tariff.clamped(tariff.hit);
  draft.miss_per_mib = tariff.clamped(tariff.miss);
  draft.tunnel_per_mib = tariff.clamped(tariff.tunnel_down);
  draft.policy_hash = facts.policy_hash;
  draft.versions = {wire::kProtocolVersion};
  draft.software = base::printable(facts.software, Descriptor::kMaxSoftware);
  draft.capacity = settings.limits.connections;
  draft.item_key = facts.item_key;
  return OwnDescriptor(identity, std::move(draft), std::move(number_file));
}

/// Numbers follow the time where they can: a relay whose file was lost goes on above what it has said before.
Result<ferry::discovery::SignedDescriptor> OwnDescriptor::issue(base::Time now) {
  FERRY_TRY(const auto last, last_number(number_file_));
  draft_.sequence = std::max(last + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(now.unix_seconds(), 1)));
  draft_.issued_at = base::Time::from_seconds(now.unix_seconds());
  FERRY_CHECK(replace_private_file(number_file_, std::to_string(draft_.sequence) + "\n"));
  return ferry::discovery::SignedDescriptor::sign(draft_, *identity_);
}

}  // namespace ferry::relay::discovery
