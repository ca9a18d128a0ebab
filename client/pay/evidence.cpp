#include "client/pay/evidence.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>
#include <vector>

#include "client/json_text.hpp"
#include "client/wallet/private_file.hpp"

namespace ferry::client {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// Longer than a relay repeats deliveries for free.
constexpr base::Duration kRecent{30 * 60 * 1000};
constexpr std::size_t kMaxPrices = 4096;

std::string hex(base::ByteView bytes) { return "0x" + base::to_hex(bytes); }

/// Made when it is needed: most runs write to a directory that is there.
Descriptor open_to_append(const fs::path& directory, const fs::path& path) {
  const auto open = [&path] { return Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)); };
  auto file = open();
  if (!file && errno == ENOENT && (::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST)) return open();
  return file;
}

/// What cannot be removed stays.
void remove_oldest(const fs::path& directory, std::size_t most) {
  std::error_code ignored;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());  // not what is being written
  }
  if (files.size() <= most) return;
  std::sort(files.begin(), files.end());
  files.resize(files.size() - most);
  for (const auto& file : files) fs::remove(file, ignored);
}

/// Empty when all went well.
std::string append_lines(const fs::path& directory, const std::string& name, const std::vector<std::string>& lines) {
  const auto path = directory / name;
  for (auto line = lines.begin(); line != lines.end();) {
    std::error_code ignored;
    std::uintmax_t size = fs::file_size(path, ignored);
    if (ignored) size = 0;
    if (size > Evidence::kMaxFileBytes) {
      fs::rename(path, directory / (name + ".old"), ignored);
      size = 0;
    }
    std::string text;
    for (; line != lines.end() && size + text.size() <= Evidence::kMaxFileBytes; ++line) text += *line;
    const auto file = open_to_append(directory, path);
    if (!file || !write_fully(file.get(), text, -1)) return file_error(path, errno);
  }
  return {};
}

}  // namespace

Evidence::Evidence(Loop& loop, fs::path directory, Announcer announcer, Clock clock)
    : loop_(loop), directory_(std::move(directory)), announcer_(announcer), clock_(std::move(clock)) {}

void Evidence::load() {
  const auto text = read_small_file(directory_ / "quotes.jsonl", 2 * kMaxFileBytes);
  if (!text || !*text) return;
  std::istringstream lines(**text);
  for (std::string line; std::getline(lines, line);) {
    const auto entry = json::parse(line, nullptr, false);
    if (!entry.is_object() || !entry.contains("quote") || !entry["quote"].is_string()) continue;  // a line cut short by a crash
    const auto packed = base::from_hex(entry["quote"].get<std::string>());
    if (!packed) continue;
    const auto quote = pricing::unpack_quote(base::ByteView{*packed});
    if (quote && clock_() - quote->issued_at < kRecent) learn(*quote);
  }
}

void Evidence::learn(const pricing::Quote& quote) {
  if (prices_.size() >= kMaxPrices) prices_.clear();  // a repeated delivery above the newest quote is then refused, no more
  auto& known = prices_[{quote.relay, quote.request}];
  known.hit_per_mib = std::max(known.hit_per_mib, quote.hit_per_mib);
  known.miss_per_mib = std::max(known.miss_per_mib, quote.miss_per_mib);
  known.per_request = std::max(known.per_request, quote.per_request);
}

wire::PriceLimit Evidence::dearest(const base::Address& relay, const base::RequestHash& request) const {
  const auto found = prices_.find({relay, request});
  return found == prices_.end() ? wire::PriceLimit{} : found->second;
}

json Evidence::stamped() const { return {{"at", clock_().unix_seconds()}}; }

void Evidence::keep_quote(const base::Domain& ledger, const pricing::Quote& quote, const wire::QuoteMessage& message) {
  learn(quote);
  auto line = stamped();
  line["chain_id"] = ledger.chain_id;
  line["contract"] = ledger.verifying_contract.to_eip55();
  line["quote"] = hex(base::ByteView{message.quote});
  line["signature"] = hex(message.signature.view());
  append("quotes.jsonl", line);
}

void Evidence::keep_voucher(const base::Domain& ledger, const channels::Voucher& voucher) { vouchers_[voucher.channel] = {ledger, voucher}; }

void Evidence::keep_fault(const std::string& relay, const base::Error& fault, json details) {
  details.update(stamped());
  details["relay"] = relay;
  details["code"] = fault.code;
  details["message"] = fault.message;
  append("faults.jsonl", details);
  flush();
}

void Evidence::keep_record(const EvidenceRecord& record) {
  // In the order of time, and of a name of its own also within a second.
  auto name = std::to_string(record.at) + "-" + base::Salt::random().hex().substr(0, 8) + ".json";
  auto problem = std::make_shared<base::Result<void>>();
  loop_.work([problem, parent = directory_, directory = directory_ / "records", file = std::move(name), text = to_json(record)] {
               ::mkdir(parent.c_str(), 0700);
               ::mkdir(directory.c_str(), 0700);  // what fails here shows when the file is written
               const auto path = directory / file;
               *problem = write_private_file(path, text + "\n");
               remove_oldest(directory, kMaxRecords);
             },
             [this, problem] {
               if (!*problem) announcer_.log(LogLevel::warning, "evidence is not kept", problem->error());
             });
}

void Evidence::flush() {
  for (const auto& [channel, kept] : std::exchange(vouchers_, {})) {
    auto line = stamped();
    line["chain_id"] = kept.first.chain_id;
    line["contract"] = kept.first.verifying_contract.to_eip55();
    line["channel"] = hex_id(channel);
    line["ceiling"] = kept.second.ceiling.to_units_text();
    line["signature"] = hex(kept.second.signature.view());
    append("vouchers.jsonl", line);
  }
}

void Evidence::append(const char* file, const json& line) {
  waiting_[file].push_back(json_text(line) + "\n");
  if (!writing_) write();
}

/// What comes meanwhile is written together afterwards: with many tunnels a turn of the pool for each line would cost more than the line.
void Evidence::write() {
  writing_ = true;
  auto problem = std::make_shared<std::string>();
  loop_.work([problem, directory = directory_, files = std::exchange(waiting_, {})] {
               for (const auto& [name, lines] : files) {
                 if (auto why = append_lines(directory, name, lines); !why.empty()) *problem = std::move(why);
               }
             },
             [this, problem] {
               writing_ = false;
               if (!problem->empty()) announcer_.log(LogLevel::warning, "evidence is not kept: " + *problem);
               if (!waiting_.empty()) write();
             });
}

}  // namespace ferry::client
