#include "client/relays/relay_scores.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "client/json_text.hpp"
#include "client/wallet/private_file.hpp"

namespace ferry::client {

using nlohmann::json;

namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20U;

json pair_of(const Reliability& of) { return json::array({of.good(), of.bad()}); }
json or_null(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }
json or_null(const std::optional<base::Amount>& value) { return value ? json(value->to_btt()) : json(nullptr); }

std::optional<double> positive(const json& entry, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end() || !found->is_number()) return std::nullopt;
  const auto value = found->get<double>();
  return value > 0 && value < 1e15 ? std::optional(value) : std::nullopt;
}

std::optional<base::Amount> amount(const json& entry, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end() || !found->is_string()) return std::nullopt;
  const auto value = base::Amount::parse_btt(found->get<std::string>());
  return value ? std::optional(*value) : std::nullopt;
}

bool restore(Reliability& into, const json& entry, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end() || !found->is_array() || found->size() != 2 || !(*found)[0].is_number() || !(*found)[1].is_number()) return false;
  return into.restore((*found)[0].get<double>(), (*found)[1].get<double>());
}

}  // namespace

RelayScores::RelayScores(Loop& loop, std::filesystem::path file, Announcer announcer, Clock clock)
    : saved_(loop, std::move(file), announcer, "scores"), clock_(std::move(clock)) {}

void RelayScores::load() {
  const auto text = read_small_file(saved_.file(), kMaxFileBytes);
  if (!text || !*text) return;
  const auto all = json::parse(**text, nullptr, false);
  if (!all.is_object()) return;
  for (const auto& [relay, entry] : all.items()) {
    const auto address = base::Address::parse(relay);
    if (!address || !entry.is_object() || scores_.size() >= kMaxScores) continue;
    Entry known;
    if (!restore(known.score.correctness, entry, "correctness") || !restore(known.score.availability, entry, "availability")) continue;
    known.score.first_byte_seconds = positive(entry, "first_byte_seconds");
    known.score.bytes_per_second = positive(entry, "bytes_per_second");
    known.score.round_trip_seconds = positive(entry, "round_trip_seconds");
    known.score.miss_per_mib = amount(entry, "miss_per_mib");
    known.score.hit_per_mib = amount(entry, "hit_per_mib");
    known.used = base::Time::from_seconds(entry.value("used", json(0)).is_number_integer() ? entry["used"].get<std::int64_t>() : 0);
    scores_[*address] = known;
  }
}

RelayScore RelayScores::find(const base::Address& relay) const {
  const auto found = scores_.find(relay);
  return found != scores_.end() ? found->second.score : RelayScore{};
}

RelayScore& RelayScores::of(const base::Address& relay) {
  if (!scores_.contains(relay) && scores_.size() >= kMaxScores) forget_oldest();
  auto& entry = scores_[relay];
  entry.used = clock_();
  changed_ = true;
  if (entry.used - written_ >= kWriteEvery) flush();
  return entry.score;
}

void RelayScores::forget_oldest() {
  const auto older = [](const auto& a, const auto& b) { return a.second.used < b.second.used; };
  scores_.erase(std::min_element(scores_.begin(), scores_.end(), older));
}

void RelayScores::flush() {
  if (!std::exchange(changed_, false)) return;
  written_ = clock_();
  saved_.changed([this] { return to_json(); });
}

std::string RelayScores::to_json() const {
  json all = json::object();
  for (const auto& [relay, entry] : scores_) {
    const auto& score = entry.score;
    all[relay.to_eip55()] = {{"correctness", pair_of(score.correctness)},
                             {"availability", pair_of(score.availability)},
                             {"first_byte_seconds", or_null(score.first_byte_seconds)},
                             {"bytes_per_second", or_null(score.bytes_per_second)},
                             {"round_trip_seconds", or_null(score.round_trip_seconds)},
                             {"hit_per_mib", or_null(score.hit_per_mib)},
                             {"miss_per_mib", or_null(score.miss_per_mib)},
                             {"used", entry.used.unix_seconds()}};
  }
  return json_text(all);
}

}  // namespace ferry::client
