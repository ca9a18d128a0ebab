#include "relay/ops/ledger_mark.hpp"

#include <nlohmann/json.hpp>
#include <system_error>

#include "relay/ops/private_file.hpp"

namespace ferry::relay {

using base::Result;
using Json = nlohmann::ordered_json;

namespace {

base::Unexpected unreadable(const std::filesystem::path& file) {
  return base::fail(base::environment("ledger_mark", "the file " + file.string() + " is damaged: restore it from a copy, or remove it to take the ledger of --ledger for good"));
}

std::string text_of(const Json& json, const char* key) {
  const auto member = json.find(key);
  return member != json.end() && member->is_string() ? member->get<std::string>() : std::string{};
}

std::string shown(const LedgerMark& mark) {
  return mark.name + " (" + mark.kind + ", chain " + std::to_string(mark.domain.chain_id) + ", contract " + mark.domain.verifying_contract.to_eip55() + ", token " +
         mark.token.to_eip55() + ")";
}

}  // namespace

Result<std::optional<LedgerMark>> read_ledger_mark(const std::filesystem::path& file) {
  FERRY_TRY(const auto text, read_private_file(file));
  if (!text) return std::optional<LedgerMark>{};
  const auto json = Json::parse(*text, nullptr, false);
  if (!json.is_object()) return unreadable(file);
  const auto contract = base::Address::parse(text_of(json, "contract"));
  const auto token = base::Address::parse(text_of(json, "token"));
  const auto receiver = base::Address::parse(text_of(json, "receiver"));
  const auto chain = json.find("chain_id");
  const auto fees = json.find("fees");
  const bool numbers = chain != json.end() && chain->is_number_unsigned() && fees != json.end() && fees->is_number_unsigned() && fees->get<std::uint64_t>() <= 2;
  if (!contract || !token || !receiver || !numbers) return unreadable(file);
  LedgerMark mark{text_of(json, "kind"), text_of(json, "name"), {}, *token, *receiver, static_cast<chain::Fees>(fees->get<std::uint64_t>())};
  mark.domain = base::Domain{chain->get<std::uint64_t>(), *contract};
  return std::optional{std::move(mark)};
}

Result<void> check_ledger_mark(const std::optional<LedgerMark>& before, const LedgerMark& now) {
  if (!before || before->is_same_ledger(now)) return {};
  return base::fail(base::environment("data_other_ledger", "the data directory belongs to the ledger " + shown(*before) + ", and --ledger names " + shown(now) +
                                                               ": give this ledger a --data of its own"));
}

Result<void> keep_ledger_mark(const std::filesystem::path& file, const LedgerMark& mark) {
  const Json json{{"kind", mark.kind},
                  {"name", mark.name},
                  {"chain_id", mark.domain.chain_id},
                  {"contract", mark.domain.verifying_contract.to_eip55()},
                  {"token", mark.token.to_eip55()},
                  {"receiver", mark.receiver.to_eip55()},
                  {"fees", static_cast<unsigned>(mark.fees)}};
  const std::string text = json.dump(2) + "\n";
  FERRY_TRY(const auto before, read_private_file(file));
  if (before == text) return {};
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  return create_private_file(file, text);
}

}  // namespace ferry::relay
