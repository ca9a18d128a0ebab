#include "client/relays/relay_marks.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "client/json_text.hpp"
#include "client/wallet/private_file.hpp"

namespace ferry::client {

using nlohmann::json;

RelayMarks::RelayMarks(Loop& loop, std::filesystem::path file, Announcer announcer, Clock clock)
    : saved_(loop, std::move(file), announcer, "marks"), clock_(std::move(clock)) {}

void RelayMarks::load() {
  const auto text = read_small_file(saved_.file(), std::size_t{1} << 20U);
  if (!text || !*text) return;
  const auto all = json::parse(**text, nullptr, false);
  if (!all.is_object()) return;
  for (const auto& [relay, entry] : all.items()) {
    const auto address = base::Address::parse(relay);
    if (!address || !entry.is_object() || !entry.contains("for") || !entry.contains("until")) continue;
    if (!entry["for"].is_string() || !entry["until"].is_number_integer()) continue;
    marks_[*address] = RelayMark{entry["for"].get<std::string>(), base::Time::from_seconds(entry["until"].get<std::int64_t>())};
  }
}

std::optional<RelayMark> RelayMarks::find(const base::Address& relay) const {
  const auto found = marks_.find(relay);
  if (found == marks_.end() || found->second.until <= clock_()) return std::nullopt;
  return found->second;
}

void RelayMarks::mark(const base::Address& relay, const std::string& code) {
  std::erase_if(marks_, [now = clock_()](const auto& entry) { return entry.second.until <= now; });
  if (marks_.size() >= kMaxMarks) marks_.clear();
  marks_[relay] = RelayMark{code, clock_() + kMarked};
  saved_.changed([this] { return to_json(); });
}

void RelayMarks::note_difference(const base::Address& relay) {
  if (differences_.size() >= kMaxMarks) differences_.clear();
  if (++differences_[relay] < kMostDifferences) return;
  differences_.erase(relay);
  mark(relay, "outvoted");
}

std::string RelayMarks::to_json() const {
  json all = json::object();
  for (const auto& [relay, mark] : marks_) all[relay.to_eip55()] = {{"for", mark.code}, {"until", mark.until.unix_seconds()}};
  return json_text(all);
}

}  // namespace ferry::client
