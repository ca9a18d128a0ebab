#include "tests/simulation/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace ferry::simulation {

namespace {

using base::Amount;

constexpr double kMib = 1024.0 * 1024;
constexpr int kSteps = 50;

double in_btt(Amount amount) { return std::strtod(amount.to_btt().c_str(), nullptr); }

double of_sorted(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

/// 0: all have the same; near 1: one has all.
double gini(const std::vector<double>& sorted) {
  double sum = 0, weighted = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i];
    weighted += static_cast<double>(i + 1) * sorted[i];
  }
  const auto n = static_cast<double>(sorted.size());
  return sum > 0 ? 2 * weighted / (n * sum) - (n + 1) / n : 0;
}

double top_share(const std::vector<double>& sorted, double share) {
  const auto count = static_cast<std::size_t>(std::max(1.0, share * static_cast<double>(sorted.size())));
  double sum = 0, top = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i];
    if (i + count >= sorted.size()) top += sorted[i];
  }
  return sum > 0 ? top / sum : 0;
}

class Json {
 public:
  void number(const char* name, double value) { add(name, fmt::format("{:.6g}", value)); }
  void numbers(std::initializer_list<std::pair<const char*, double>> list) {
    for (const auto& [name, value] : list) number(name, value);
  }
  void counts(std::initializer_list<std::pair<const char*, std::uint64_t>> list) {
    for (const auto& [name, value] : list) number(name, static_cast<double>(value));
  }
  void text(const char* name, const std::string& value) { add(name, '"' + value + '"'); }
  /// Whatever is below each so many per cent, the smallest first.
  void steps(const char* name, std::vector<double> values) {
    std::ranges::sort(values);
    std::string list;
    for (int i = 0; i <= kSteps; ++i) list += fmt::format("{}{:.5g}", i > 0 ? "," : "", of_sorted(values, i / static_cast<double>(kSteps)));
    add(name, '[' + list + ']');
  }
  void spread(const std::string& name, std::vector<double> values) {
    std::ranges::sort(values);
    for (const int percent : {10, 50, 90, 99}) number(fmt::format("{}_p{}", name, percent).c_str(), of_sorted(values, percent / 100.0));
  }
  std::string take() { return '{' + text_ + '}'; }

 private:
  void add(const char* name, const std::string& value) { text_ += fmt::format("{}\"{}\":{}", text_.empty() ? "" : ",", name, value); }
  std::string text_;
};

void add_settings(Json& json, const Settings& settings) {
  json.numbers({{"relays", settings.relays}, {"clients", settings.clients}, {"objects", settings.objects}, {"fetches", settings.fetches}});
  json.numbers({{"gap", settings.gap_seconds}, {"zipf", settings.zipf}, {"median_kib", settings.median_kib}, {"cache_mib", settings.cache_mib}});
  json.numbers({{"known", settings.known}, {"at_once", settings.at_once}, {"find", settings.find}, {"patience", settings.patience_seconds}});
  json.numbers({{"liars", settings.liars}, {"dying", settings.dying}, {"slow", settings.slow}, {"late", settings.late}});
  json.number("lie_every", settings.lie_every);
  json.text("choose", settings.choose);
  json.text("seed", std::to_string(settings.seed));
}

void add_money(Json& json, const Network& network) {
  const auto& tally = network.world().tally;
  const auto money = money_of(network);
  const double gib = static_cast<double>(tally.bytes) / (1024 * kMib);
  const auto per_gib = [gib](Amount amount) { return gib > 0 ? in_btt(amount) / gib : 0; };
  json.number("btt_per_gib", per_gib(money.claimable));
  json.number("hit_btt_per_gib", per_gib(tally.paid_hit));
  json.number("miss_btt_per_gib", per_gib(tally.paid_miss));
  json.number("fees_btt_per_gib", per_gib(tally.paid_fees));
  json.number("liars_btt", in_btt(money.taken_by_liars));
  json.number("dead_btt", in_btt(money.taken_by_dead));
  json.number("others_btt", in_btt(money.taken_by_others));
  json.number("charged_not_paid_btt", in_btt(money.charged.minus_floored(money.claimable)));
  json.number("paid_btt", in_btt(money.claimable));
  json.number("deposited_btt", in_btt(tally.deposited));
  json.counts({{"channels", tally.channels}, {"deposits", tally.deposits}, {"vouchers", tally.vouchers}, {"sessions", tally.sessions}});
}

void add_load(Json& json, const Network& network) {
  std::vector<double> sold, earned, slow, usual, waits, quotes, busy;
  std::size_t late = 0;
  for (const auto& relay : network.relays()) {
    busy.push_back(relay->line.busy_seconds() / network.world().settings.length_seconds());
    if (relay->from > 0) {
      ++late;
      if (relay->first_sale) waits.push_back(*relay->first_sale - relay->from);
      if (relay->first_sale) quotes.push_back(static_cast<double>(relay->quotes_before_sale));
      continue;
    }
    if (relay->until < 1e300 || relay->manner != Manner::honest) continue;
    sold.push_back(static_cast<double>(relay->bytes) / kMib);
    earned.push_back(in_btt(relay->earned()));
    (relay->is_slow ? slow : usual).push_back(sold.back());
  }
  const auto mean = [](const std::vector<double>& values) {
    double sum = 0;
    for (const auto value : values) sum += value;
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
  };
  json.spread("sold_mib", sold);
  json.spread("earned_btt", earned);
  json.spread("line_busy", busy);
  json.number("slow_mean_mib", mean(slow));
  json.number("usual_mean_mib", mean(usual));
  json.steps("sold_mib", sold);
  json.steps("earned_btt", earned);
  std::ranges::sort(sold);
  json.number("gini", gini(sold));
  json.number("top_1_percent", top_share(sold, 0.01));
  json.number("sold_nothing", static_cast<double>(std::ranges::count(sold, 0.0)));
  std::ranges::sort(earned);
  json.number("gini_earned", gini(earned));
  json.number("late_relays", static_cast<double>(late));
  json.number("late_sold", static_cast<double>(waits.size()));
  json.spread("late_seconds", waits);
  json.spread("late_quotes", quotes);
}

std::vector<double> wide(const std::vector<float>& values) { return {values.begin(), values.end()}; }

}  // namespace

Money money_of(const Network& network) {
  Money money;
  std::unordered_map<base::ChannelId, Amount, base::Bytes32Hasher> owed;
  for (const auto& client : network.clients()) {
    for (const auto& [id, channel] : client->ledger.channels()) {
      owed[id] = channel.confirmed;
      money.confirmed = money.confirmed.plus_saturated(channel.confirmed);
    }
  }
  for (const auto& relay : network.relays()) {
    for (const auto& [id, channel] : relay->ledger.channels()) {
      money.charged = money.charged.plus_saturated(channel.charged);
      money.claimable = money.claimable.plus_saturated(channel.claimable());
      auto& taken = relay->manner != Manner::honest ? money.taken_by_liars : relay->until < 1e300 ? money.taken_by_dead : money.taken_by_others;
      taken = taken.plus_saturated(channel.claimable().minus_floored(owed[id]));
    }
  }
  return money;
}

std::string report(const Network& network) {
  const auto& tally = network.world().tally;
  Json json;
  add_settings(json, network.world().settings);
  const std::uint64_t unfinished = std::uint64_t{network.world().settings.fetches} * network.world().settings.clients - tally.fetches - tally.failed;
  json.counts({{"completed", tally.fetches}, {"failed", tally.failed}, {"unfinished", unfinished}, {"wrong_chunks", tally.wrong_chunks}});
  json.counts({{"lies_told", tally.lies_told}, {"lies_found", tally.lies_found}, {"chosen_although_blamed", tally.chosen_although_blamed}});
  json.counts({{"rivals", tally.rivals}, {"switches", tally.switches}, {"payment_timeouts", tally.payment_timeouts}});
  json.counts({{"wide", tally.wide}, {"helpers", tally.helpers}});
  json.number("gib", static_cast<double>(tally.bytes) / (1024 * kMib));
  json.number("twice_gib", static_cast<double>(tally.twice_bytes) / (1024 * kMib));
  json.number("hit_ratio", tally.bytes > 0 ? static_cast<double>(tally.hit_bytes) / static_cast<double>(tally.bytes) : 0);
  add_money(json, network);
  add_load(json, network);
  json.spread("first_byte", wide(tally.first_byte));
  json.spread("seconds", wide(tally.seconds));
  json.number("bad_fetches", static_cast<double>(tally.bad_first_byte.size()));
  json.spread("bad_first_byte", wide(tally.bad_first_byte));
  json.steps("first_byte", wide(tally.first_byte));
  return json.take();
}

}  // namespace ferry::simulation
