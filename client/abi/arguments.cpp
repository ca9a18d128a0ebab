#include "client/abi/arguments.hpp"

#include <cstdint>

#include "client/json_text.hpp"
#include "client/pay/ledgers.hpp"
#include "client/verify/wanted_level.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;

namespace {

constexpr std::size_t kMaxRelays = 256;
constexpr std::size_t kMaxChains = 16;
constexpr std::uint32_t kMaxPrepayChunks = 64;  // what a relay's own window grows to at most

Result<std::vector<RelayReference>> read_relays(const char* const* relays, std::size_t count) {
  if (count > kMaxRelays) return base::fail(invalid_argument("at most 256 relays can be given"));
  std::vector<RelayReference> list;
  for (std::size_t i = 0; i < count; ++i) {
    if (relays == nullptr || relays[i] == nullptr) return base::fail(invalid_argument("a relay is NULL"));
    auto reference = RelayReference::parse(relays[i]);
    if (!reference) return base::fail(invalid_argument(reference.error().message));
    list.push_back(std::move(*reference));
  }
  return list;
}

/// References, and names in DNS.
Result<void> read_bootstrap(const char* const* places, std::size_t count, ClientSettings& settings) {
  constexpr std::string_view kDns = "dns:";
  if (count > kMaxRelays) return base::fail(invalid_argument("at most 256 places to begin with can be given"));
  for (std::size_t i = 0; i < count; ++i) {
    if (places == nullptr || places[i] == nullptr) return base::fail(invalid_argument("a place to begin with is NULL"));
    const std::string_view place = places[i];
    if (!place.starts_with(kDns)) {
      auto reference = RelayReference::parse(place);
      if (!reference) return base::fail(invalid_argument(reference.error().message));
      settings.bootstrap.push_back(std::move(*reference));
      continue;
    }
    const auto host = base::Host::parse(place.substr(kDns.size()));
    if (!host || host->is_address()) return base::fail(invalid_argument("'" + base::printable(place) + "' names no host: a name in DNS is written dns:relays.example.org"));
    settings.bootstrap_names.push_back(host->to_string());
  }
  return {};
}

Result<std::vector<chain::LedgerUrl>> read_chains(const char* const* chains, std::size_t count) {
  if (count > kMaxChains) return base::fail(invalid_argument("at most 16 chains can be given"));
  if (count > 0 && !knows_chains()) return base::fail(invalid_argument("this build of the library knows no chains (FERRY_CLIENT_CHAINS was off)"));
  std::vector<chain::LedgerUrl> list;
  for (std::size_t i = 0; i < count; ++i) {
    if (chains == nullptr || chains[i] == nullptr) return base::fail(invalid_argument("a chain is NULL"));
    auto url = chain::LedgerUrl::parse(chains[i]);
    if (!url) return base::fail(invalid_argument("a chain cannot be used: " + url.error().message));
    if (url->kind != chain::LedgerUrl::Kind::chain) {
      return base::fail(invalid_argument("a chain looks like evm:https://node?contract=0x…&token=0x…; a relay's own ledger needs none"));
    }
    list.push_back(std::move(*url));
  }
  return list;
}

Result<std::optional<Amount>> read_optional_amount(const char* text, const char* name) {
  if (text == nullptr) return std::optional<Amount>{};
  FERRY_TRY(const auto amount, read_amount(text, name));
  return std::optional<Amount>(amount);
}

Result<void> read_level(const char* text, FetchRequest& request) {
  const auto wanted = read_wanted_level(text);
  if (!wanted) return base::fail(wanted.error());
  if (wanted->or_tunnel) return base::fail(invalid_argument("a fetch has no tunnel to go through: quorum=N,tunnel is for the local proxy"));
  request.verify = wanted->level;
  request.quorum = wanted->quorum;
  request.or_relay = wanted->or_relay;
  return {};
}

template <std::size_t Size>
void put(const std::string& text, char (&field)[Size]) {
  const std::size_t length = std::min(text.size(), Size - 1);
  std::memcpy(field, text.data(), length);
  field[length] = '\0';
}

}  // namespace

base::Error invalid_argument(const std::string& what) { return base::refusal("invalid_argument", what); }

Result<WantedLevel> read_wanted_level(const char* text) {
  auto wanted = parse_wanted_level(text == nullptr ? "relay" : text);
  if (!wanted) return base::fail(invalid_argument(wanted.error().message));
  return wanted;
}

Result<Amount> read_amount(const char* text, const char* name) {
  if (text == nullptr) return base::fail(invalid_argument(std::string(name) + " is NULL"));
  auto amount = Amount::parse_btt(text);
  if (!amount) return base::fail(invalid_argument(std::string(name) + ": '" + base::printable(text, 60) + "' is not an amount in BTT: " + amount.error().message));
  return amount;
}

Result<RelayReference> read_relay(const char* text, const ClientSettings& settings) {
  if (text == nullptr) {
    if (settings.relays.empty()) return base::fail(invalid_argument("no relay is given, and the client has none"));
    return settings.relays.front();
  }
  auto reference = RelayReference::parse(text);
  if (!reference) return base::fail(invalid_argument(reference.error().message));
  return reference;
}

Result<ClientSettings> read_options(const ferry_options* given) {
  const auto options = read_struct(given);
  if (!options) return base::fail(invalid_argument("options are NULL, or their struct_size is not set: use FERRY_INIT"));
  if (options->data_dir == nullptr || *options->data_dir == '\0') return base::fail(invalid_argument("options.data_dir is required"));
  if (options->prepay_chunks > kMaxPrepayChunks) return base::fail(invalid_argument("options.prepay_chunks is at most 64"));
  ClientSettings settings;
  settings.data_dir = options->data_dir;
  settings.choose_by_score = options->choose_by_score != 0;
  FERRY_TRY(settings.relays, read_relays(options->relays, options->relay_count));
  settings.discover = options->discover != 0;
  FERRY_CHECK(read_bootstrap(options->bootstrap, options->bootstrap_count, settings));
  FERRY_TRY(settings.chains, read_chains(options->chains, options->chain_count));
  FERRY_TRY(settings.budget, read_optional_amount(options->budget_btt, "options.budget_btt"));
  FERRY_TRY(settings.max_price, read_optional_amount(options->max_price_btt_per_mib, "options.max_price_btt_per_mib"));
  FERRY_TRY(const auto deposit, read_optional_amount(options->deposit_btt, "options.deposit_btt"));
  settings.deposit = deposit.value_or(settings.deposit);
  if (options->prepay_chunks > 0) settings.prepay_chunks = options->prepay_chunks;
  settings.use_faucet = options->use_faucet != 0;
  settings.software = base::printable(options->software != nullptr ? options->software : "ferry-client/" FERRY_VERSION, 128);
  settings.log_level = static_cast<LogLevel>(std::clamp(options->log_level, FERRY_LOG_ERROR, FERRY_LOG_DEBUG));
  if (auto* on_event = options->on_event) settings.on_event = [on_event, user = options->user](const std::string& json) { on_event(user, json.c_str()); };
  if (auto* on_log = options->on_log) {
    settings.on_log = [on_log, user = options->user](LogLevel level, const std::string& message) { on_log(user, static_cast<std::int32_t>(level), message.c_str()); };
  }
  return settings;
}

Result<FetchRequest> read_request(const ferry_fetch_request* given, const ClientSettings& settings) {
  const auto raw = read_struct(given);
  if (!raw) return base::fail(invalid_argument("the request is NULL, or its struct_size is not set: use FERRY_INIT"));
  if (raw->url == nullptr) return base::fail(invalid_argument("request.url is required"));
  FetchRequest request;
  request.url = raw->url;
  if (raw->method != nullptr) request.method = raw->method;
  for (std::size_t i = 0; i < raw->header_count; ++i) {
    const auto& header = raw->headers[i];
    if (header.name == nullptr || header.value == nullptr) return base::fail(invalid_argument("a header is NULL"));
    request.headers.push_back({header.name, header.value});
  }
  if (const auto canonical = make_canonical(request); !canonical) return base::fail(invalid_argument(canonical.error().message));
  if (raw->file_path != nullptr) request.file = raw->file_path;
  if (raw->file_path != nullptr && *raw->file_path == '\0') return base::fail(invalid_argument("request.file_path is empty"));
  request.resume = raw->resume != 0;
  FERRY_TRY(request.budget, read_optional_amount(raw->budget_btt, "request.budget_btt"));
  FERRY_TRY(request.max_price, read_optional_amount(raw->max_price_btt_per_mib, "request.max_price_btt_per_mib"));
  if (!request.max_price) request.max_price = settings.max_price;
  if (raw->sha256_hex != nullptr) {
    request.sha256 = base::Hash256::parse_hex(raw->sha256_hex);
    if (!request.sha256) return base::fail(invalid_argument("request.sha256_hex is not 64 hexadecimal digits"));
  }
  if (raw->relays_at_once > kMaxRelaysAtOnce) return base::fail(invalid_argument("request.relays_at_once is at most 16"));
  if (raw->relays_at_once > 0) request.relays_at_once = raw->relays_at_once;
  request.race = raw->race != 0;
  FERRY_CHECK(read_level(raw->verify, request));
  FERRY_TRY(request.relays, read_relays(raw->relays, raw->relays != nullptr ? raw->relay_count : 0));
  if (request.relays.empty()) request.relays = settings.relays;
  if (request.relays.empty() && !settings.discover) return base::fail(invalid_argument("no relay is given: name one as ferry://0xADDRESS@host:port"));
  return request;
}

std::int32_t write_error(const base::Error& from, ferry_error* error) {
  const auto code = static_cast<std::int32_t>(code_of(from));
  if (error == nullptr) return code;
  ferry_error filled;
  std::memset(&filled, 0, sizeof(filled));
  filled.struct_size = error->struct_size;
  filled.code = code;
  put(from.code, filled.name);
  put(from.message, filled.message);
  std::memcpy(error, &filled, std::min(filled.struct_size, sizeof(filled)));
  return code;
}

}  // namespace ferry::client
