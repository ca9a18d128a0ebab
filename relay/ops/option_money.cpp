// Ledger and prices.

#include <fstream>
#include <iterator>
#include <utility>

#include "channels/chain/faucet.hpp"
#include "channels/chain/ledger_url.hpp"
#include "protocol/base/url.hpp"
#include "relay/ops/option_kinds.hpp"
#include "relay/ops/option_lists.hpp"

namespace ferry::relay {

using namespace std::chrono_literals;
using base::Result;
using kinds::About;

namespace {

constexpr const char* kLedger = "Ledger and earnings";
constexpr const char* kPrices = "Prices";

base::Unexpected refused(const base::Error& error) { return base::fail(base::refusal("setting", error.message)); }

Option ledger_url() {
  Option option{"ledger", kLedger, "URL",
                "embedded: a private ledger of test BTT in the data directory; ledger:https://…: the one that another relay keeps; "
                "evm:https://…?contract=0x…&token=0x…: a contract on BTTC or another EVM chain",
                OptionShape::text, {}, {}};
  option.set = [](RelaySettings& settings, const OptionValues& values) -> Result<void> {
    if (const auto url = chain::LedgerUrl::parse(values.front()); !url) return refused(url.error());
    settings.ledger.url = values.front();
    return {};
  };
  option.get = [](const RelaySettings& settings) { return OptionValues{settings.ledger.url}; };
  return option;
}

Option beneficiary() {
  Option option{"beneficiary", kLedger, "ADDRESS", "where earnings go; the relay's own address if not given. Must not change while channels are open",
                OptionShape::text, {}, {}};
  option.set = [](RelaySettings& settings, const OptionValues& values) -> Result<void> {
    const auto address = base::Address::parse(values.front());
    if (!address) return refused(address.error());
    settings.ledger.beneficiary = *address;
    return {};
  };
  option.get = [](const RelaySettings& settings) {
    return settings.ledger.beneficiary ? OptionValues{settings.ledger.beneficiary->to_eip55()} : OptionValues{};
  };
  return option;
}

Option watchtower() {
  Option option{"watchtower", kLedger, "URL", "http(s)://host:port of a watchtower, which claims from clients who withdraw while this relay is away", OptionShape::text, {}, {}};
  option.set = [](RelaySettings& settings, const OptionValues& values) -> Result<void> {
    auto url = base::Url::parse(values.front());
    if (!url) return refused(url.error());
    if (url->path_and_query != "/") {
      return base::fail(base::refusal("setting", "a watchtower's URL is http:// or https://, a host and a port, and nothing behind"));
    }
    settings.watchtower = values.front();
    while (settings.watchtower.ends_with('/')) settings.watchtower.pop_back();
    return {};
  };
  option.get = [](const RelaySettings& settings) { return settings.watchtower.empty() ? OptionValues{} : OptionValues{settings.watchtower}; };
  return option;
}

Result<void> check_address(const std::string& text) {
  if (const auto address = base::Address::parse(text); !address) return refused(address.error());
  return {};
}

Option tariff_file() {
  Option option{"tariff", kPrices, "FILE.toml", "prices from a file of their own; single prices below are applied on top", OptionShape::text, {}, {}};
  option.set = [](RelaySettings& settings, const OptionValues& values) -> Result<void> {
    std::ifstream file(values.front(), std::ios::binary);
    if (!file) return base::fail(base::refusal("setting", "the tariff file " + base::printable(values.front()) + " cannot be read"));
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto tariff = pricing::parse_tariff_toml(text, values.front());
    if (!tariff) return refused(tariff.error());
    settings.tariff = *tariff;
    return {};
  };
  option.get = [](const RelaySettings&) { return OptionValues{}; };
  return option;
}

Option price(const char* key, const char* help, base::Amount pricing::Tariff::*member) {
  return kinds::amount(About{std::string("tariff.") + key, kPrices, "BTT", help},
                       [member](RelaySettings& settings) -> auto& { return settings.tariff.*member; });
}

}  // namespace

std::vector<Option> ledger_options() {
  return {
      ledger_url(),
      beneficiary(),
      kinds::amount(About{"min_deposit", kLedger, "BTT", "what a new channel should hold at least"},
                    [](RelaySettings& s) -> auto& { return s.ledger.min_deposit; }),
      kinds::duration_count(About{"withdraw_delay", kLedger, "TIME", "how long before a client's withdrawal takes effect, at least; the relay claims within it"},
                            [](RelaySettings& s) -> auto& { return s.ledger.withdraw_delay_seconds; }, channels::kMinWithdrawDelay, channels::kMaxWithdrawDelay),
      kinds::duration(About{"claim_interval", kLedger, "TIME", "how often earnings are claimed on the ledger"},
                      [](RelaySettings& s) -> auto& { return s.ledger.claim_interval; }, 1s, std::chrono::hours{24 * 30}),
      kinds::count<std::uint32_t>(About{"claim_worth", kLedger, "TIMES", "on a chain with fees: claim what brings so many times what its claim costs"},
                                  [](RelaySettings& s) -> auto& { return s.ledger.claim_worth; }, 1, 100'000),
      kinds::count<std::uint32_t>(About{"settle_worth", kLedger, "TIMES", "on a chain with fees: settle what is so many times what that costs; weekly in any case"},
                                  [](RelaySettings& s) -> auto& { return s.ledger.settle_worth; }, 1, 100'000),
      kinds::amount(About{"coin_price", kLedger, "TOKENS", "on a chain whose fees are paid in another coin than channels hold: what one coin is worth"},
                    [](RelaySettings& s) -> auto& { return s.ledger.coin_price; }),
      kinds::duration(About{"outbid_after", kLedger, "TIME", "on a chain with fees: how long a transaction waits before more is offered for it"},
                      [](RelaySettings& s) -> auto& { return s.ledger.outbid_after; }, 10s, 24h),
      watchtower(),
      kinds::texts(About{"watch_relay", kLedger, "ADDRESS", "ferry-relay watchtower: a relay that it works for"},
                   [](RelaySettings& s) -> auto& { return s.watch_relays; }, &check_address),
      kinds::amount(About{"faucet_amount", kLedger, "BTT", "embedded ledger: test BTT that a newcomer gets per day"},
                    [](RelaySettings& s) -> auto& { return s.ledger.faucet_amount; }),
      kinds::count<std::uint32_t>(About{"faucet_bits", kLedger, "BITS", "embedded ledger: work that the faucet asks for; 0 closes the faucet"},
                                  [](RelaySettings& s) -> auto& { return s.ledger.faucet_bits; }, 0, chain::kMaxFaucetDifficultyBits),
      kinds::duration_count(About{"ledger_min_withdraw_delay", kLedger, "TIME",
                                  "embedded ledger: the shortest delay it takes"},
                            [](RelaySettings& s) -> auto& { return s.ledger.min_withdraw_delay_seconds; }, channels::kMinWithdrawDelay, channels::kMaxWithdrawDelay),
  };
}

std::vector<Option> price_options() {
  using pricing::Tariff;
  return {
      tariff_file(),
      price("hit", "per MiB of a chunk that the relay holds", &Tariff::hit),
      price("miss", "per MiB of a chunk that it must fetch", &Tariff::miss),
      price("tunnel_down", "per MiB through a tunnel towards the client", &Tariff::tunnel_down),
      price("tunnel_up", "per MiB through a tunnel from the client", &Tariff::tunnel_up),
      price("per_request", "per request, once", &Tariff::per_request),
      price("min", "no price per MiB is below this", &Tariff::min),
      price("max", "no price per MiB is above this", &Tariff::max),
  };
}

}  // namespace ferry::relay
