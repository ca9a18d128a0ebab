#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/session.hpp"
#include "client/cli/text_file.hpp"

namespace ferry::cli {

namespace {

constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 20U;

void keep_text(void* user, const char* json) { *static_cast<std::string*>(user) = json; }

int report_failure(const ferry_error& error) {
  fmt::print(stderr, "ferry: {}\n", error.message);
  return kExitFailed;
}

void print_finding(const nlohmann::json& finding) {
  for (const auto& statement : finding["statements"]) fmt::print("{}\n", statement.get<std::string>());
  for (const auto& contradiction : finding["contradictions"]) fmt::print("contradiction: {}\n", contradiction.get<std::string>());
  for (const auto& relay : finding["outvoted"]) fmt::print("outvoted: {} (unless the others are in league, or the origin gave two bodies one validator)\n", relay.get<std::string>());
  for (const auto& relay : finding["liars"]) fmt::print("proved by its own signatures: {}\n", relay.get<std::string>());
  if (!finding.value("proves_a_lie", false)) fmt::print("no signature here proves a lie of one relay\n");
}

int verify(const Settings& settings, const std::string& path) {
  const auto text = read_text_file(path, kMaxRecordBytes);
  if (!text || text->find('\0') != std::string::npos) {
    fmt::print(stderr, "ferry: {} cannot be read, or is no record of evidence\n", path);
    return kExitFailed;
  }
  std::string json;
  ferry_error error;
  FERRY_INIT(error);
  if (ferry_evidence_verify(text->c_str(), &keep_text, &json, &error) != FERRY_OK) return report_failure(error);
  if (settings.json) {
    fmt::print("{}\n", json);
  } else {
    print_finding(nlohmann::json::parse(json, nullptr, false));
  }
  return kExitDone;
}

void print_record(const nlohmann::json& record) {
  fmt::print("{}\n", record.value("file", ""));
  if (record.contains("error")) return fmt::print("  {}\n", record["error"].value("message", ""));
  const auto accused = record["accused"].is_string() ? record["accused"].get<std::string>() : std::string("nobody");
  fmt::print("  {}: {} of {}, {} signed words{}\n", record.value("url", ""), record.value("code", ""), accused, record.value("words", std::size_t{0}),
             record.value("proves_a_lie", false) ? ", which prove a lie" : "");
}

int list(const Settings& settings) {
  std::string json;
  ferry_error error;
  FERRY_INIT(error);
  if (ferry_evidence_list(settings.data_dir.c_str(), &keep_text, &json, &error) != FERRY_OK) return report_failure(error);
  if (settings.json) {
    fmt::print("{}\n", json);
    return kExitDone;
  }
  const auto records = nlohmann::json::parse(json, nullptr, false)["records"];
  for (const auto& record : records) print_record(record);
  if (records.empty() && !settings.quiet) fmt::print(stderr, "no evidence is kept\n");
  return kExitDone;
}

}  // namespace

void add_evidence(CLI::App& program, Settings& settings, Run& run) {
  auto* command = program.add_subcommand("evidence", "what relays signed where one of them lied or they did not agree");
  command->require_subcommand(1);
  auto* listing = command->add_subcommand("list", "the records that are kept in the data directory");
  add_settings(*listing, settings);
  listing->callback([&settings, &run] { run = [&settings] { return list(settings); }; });
  auto path = std::make_shared<std::string>();
  auto* verifying = command->add_subcommand("verify", "check a record's signatures and say what it shows; needs no network, and no trust in who shows it");
  verifying->add_option("FILE", *path, "a record, as `evidence list` names them")->required();
  add_settings(*verifying, settings);
  verifying->callback([&settings, &run, path] { run = [&settings, path] { return verify(settings, *path); }; });
}

}  // namespace ferry::cli
