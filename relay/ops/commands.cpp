#include "relay/ops/commands.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "relay/ops/admin_api.hpp"
#include "relay/ops/admin_client.hpp"
#include "relay/ops/books.hpp"
#include "relay/ops/earnings_text.hpp"
#include "relay/ops/identity.hpp"
#include "relay/ops/private_file.hpp"
#include "relay/ops/setting_text.hpp"

namespace ferry::relay {

using namespace std::chrono_literals;
using base::Result;
using Json = nlohmann::ordered_json;
using Kind = Command::Kind;

namespace {

constexpr auto kAdminAnswer = 90s;
constexpr int kMaxAttempts = 240;  ///< of settling, while the chain has not told; each waits for some seconds
constexpr auto kBetweenAttempts = 1s;

base::Time now() {
  return base::Time{std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

bool take_flag(std::vector<std::string>& arguments, const std::string& flag) { return std::erase(arguments, flag) > 0; }

/// The chain has not told yet: ask again.
bool is_under_way(const base::Error& error) { return error.code == "settlement_pending" || error.code == "settlement_slow"; }

/// settle() until it is done or failed.
template <typename Attempt>
Result<void> settle_patiently(const Attempt& attempt) {
  for (int attempts = 1;; ++attempts) {
    const Result<void> outcome = attempt();
    if (outcome || !is_under_way(outcome.error()) || attempts == kMaxAttempts) return outcome;
    std::this_thread::sleep_for(kBetweenAttempts);
  }
}

// --- with the relay that runs ---

base::Error told_error(const AdminResponse& answer) {
  const auto json = Json::parse(answer.body, nullptr, false);
  const auto error = json.is_object() ? json.find("error") : json.end();
  const bool is_error = json.is_object() && error != json.end() && error->is_object();
  if (!is_error) return base::environment("admin_answer", "the relay that runs answers with HTTP status " + std::to_string(answer.status));
  return base::environment(error->value("code", "admin_answer"), error->value("message", "the relay gives no reason"));
}

class RunningRelay {
 public:
  /// Errors: environment "admin_unreachable", "private_file…".
  static Result<RunningRelay> find(const RelaySettings& settings) {
    const std::filesystem::path data = settings.data_dir;
    FERRY_TRY(const auto address, read_private_file(data / "admin-address"));
    FERRY_TRY(auto token, read_private_file(data / "admin-token"));
    if (!address || !token) {
      return base::fail(base::environment("admin_unreachable", "a relay runs on " + settings.data_dir + ", and has not told yet where its admin API is: try again"));
    }
    FERRY_TRY(const auto endpoint, parse_endpoint(first_line(*address)));
    return RunningRelay(endpoint, first_line(*token));
  }

  Result<std::string> ask(const std::string& method, const std::string& target) const {
    FERRY_TRY(auto answer, ask_admin(endpoint_, token_, method, target, kAdminAnswer));
    if (answer.status != 200) return base::fail(told_error(answer));
    return std::move(answer.body);
  }

 private:
  RunningRelay(Endpoint endpoint, std::string token) : endpoint_(std::move(endpoint)), token_(std::move(token)) {}
  static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

  Endpoint endpoint_;
  std::string token_;
};

Result<std::string> ask_running(const Command& command, const RelaySettings& settings) {
  FERRY_TRY(const auto relay, RunningRelay::find(settings));
  if (command.kind == Kind::earnings) return relay.ask("GET", "/api/v1/earnings");
  if (command.dry_run) return relay.ask("GET", command.all ? "/api/v1/settlement?all" : "/api/v1/settlement");
  const auto attempt = [&]() -> Result<void> {
    FERRY_CHECK(relay.ask("POST", "/api/v1/settle"));
    return {};
  };
  FERRY_CHECK(settle_patiently(attempt));
  return relay.ask("GET", "/api/v1/earnings");
}

// --- with the directory ---

RelayStatus status_of(const Books& books, const RelayFacts& facts) {
  RelayStatus status;
  status.facts = &facts;
  status.now = now();
  status.totals = books.book.totals();
  const auto account = books.book.account();
  status.settlement.unsettled = account.unsettled;
  status.settlement.fees = account.fees;
  status.settlement.pending = books.book.prepared_transactions().size();
  return status;
}

RelayFacts facts_of(const LedgerMark& mark) {
  RelayFacts facts;
  facts.ledger_name = mark.name;
  facts.beneficiary = mark.receiver.to_eip55();
  return facts;
}

Result<std::string> settle_directory(const Command& command, const RelaySettings& settings) {
  FERRY_TRY(const auto books, open_books(settings, DataDirectory::Use::command));
  Settlement settlement(books->book, *books->ledger->backend, books->identity, settlement_terms(settings, books->ledger->info, books->mark.receiver));
  if (command.dry_run) {
    FERRY_TRY(const auto preview, settlement.preview(now(), Occasion::asked));
    return settlement_json(preview, command.all ? preview.claims.size() : kListedClaims);
  }
  const auto attempt = [&]() -> Result<void> {
    FERRY_CHECK(settlement.catch_up(now()));
    return settlement.claim(now(), Occasion::asked);
  };
  FERRY_CHECK(settle_patiently(attempt));
  const auto facts = facts_of(books->mark);
  auto status = status_of(*books, facts);
  status.settlement = settlement.status();
  return earnings_json(status);
}

Result<std::string> read_directory(const Command& command, const RelaySettings& settings) {
  if (command.kind == Kind::settle) return settle_directory(command, settings);
  FERRY_TRY(const auto books, read_books(settings));
  const auto facts = facts_of(books->mark);
  return earnings_json(status_of(*books, facts));
}

}  // namespace

Result<Command> take_command(std::vector<std::string>& arguments) {
  Command command;
  if (arguments.empty()) return command;
  if (arguments.front() == "earnings") command.kind = Kind::earnings;
  else if (arguments.front() == "settle") command.kind = Kind::settle;
  else if (arguments.front() == "watchtower") command.kind = Kind::watchtower;
  else return command;
  arguments.erase(arguments.begin());
  if (command.kind == Kind::watchtower) return command;
  command.json = take_flag(arguments, "--json");
  command.dry_run = take_flag(arguments, "--dry-run");
  command.all = take_flag(arguments, "--all");
  if (command.all && !command.dry_run) return base::fail(base::refusal("command_line", "--all belongs to ferry-relay settle --dry-run"));
  if (command.dry_run && command.kind != Kind::settle) {
    return base::fail(base::refusal("command_line", "--dry-run belongs to ferry-relay settle: earnings changes nothing"));
  }
  return command;
}

Result<std::string> run_command(const Command& command, const RelaySettings& settings) {
  auto answer = read_directory(command, settings);
  if (!answer && answer.error().code == "data_locked") answer = ask_running(command, settings);
  if (!answer || command.json) return answer;
  return command.dry_run ? settlement_text(*answer) : earnings_text(*answer);
}

}  // namespace ferry::relay
