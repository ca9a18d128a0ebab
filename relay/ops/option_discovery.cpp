// How the relay is found.

#include "protocol/discovery/descriptor.hpp"
#include "relay/ops/option_kinds.hpp"
#include "relay/ops/option_lists.hpp"
#include "relay/ops/setting_text.hpp"

namespace ferry::relay {

using base::Result;
using kinds::About;
using ferry::discovery::Descriptor;

namespace {

constexpr const char* kFinding = "Being found";

Result<void> check_bootstrap(const std::string& text) {
  FERRY_CHECK(parse_host_and_port(text));
  return {};
}

/// A text that stands in the relay's descriptor.
Option told_text(About about, kinds::Member<std::string> member, std::size_t limit) {
  auto option = kinds::text(std::move(about), member);
  option.set = [member, limit](RelaySettings& settings, const OptionValues& values) -> Result<void> {
    if (base::printable(values.front(), limit) != values.front()) {
      return base::fail(base::refusal("setting", "at most " + std::to_string(limit) + " characters of ASCII are expected, not " + base::printable(values.front(), 80)));
    }
    member(settings) = values.front();
    return {};
  };
  return option;
}

}  // namespace

std::vector<Option> discovery_options() {
  return {
      kinds::boolean(About{"dht", kFinding, "true|false", "announce this relay in the BitTorrent DHT and meet the others that are announced there"},
                     [](RelaySettings& s) -> auto& { return s.discovery.dht; }),
      kinds::endpoint(About{"dht_listen", kFinding, "HOST:PORT", "where the DHT listens on UDP: a numeric address; port 0 picks a free one"},
                      [](RelaySettings& s) -> auto& { return s.discovery.dht_listen; }),
      kinds::texts(About{"dht_bootstrap", kFinding, "HOST:PORT", "a node of the DHT to begin with; no other is asked until one was met"},
                   [](RelaySettings& s) -> auto& { return s.discovery.bootstrap; }, &check_bootstrap),
      told_text(About{"family", kFinding, "TEXT", "who runs this relay; the same for all relays of one operator, so that clients do not take two of them for independent"},
                [](RelaySettings& s) -> auto& { return s.discovery.family; }, Descriptor::kMaxFamily),
      told_text(About{"region", kFinding, "TEXT", "where this relay is, such as de or eu-west, for clients who ask for one there"},
                [](RelaySettings& s) -> auto& { return s.discovery.region; }, Descriptor::kMaxRegion),
  };
}

}  // namespace ferry::relay
