#include "tests/simulation/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace ferry::simulation {

namespace {

double in_btt(base::Amount amount) { return std::strtod(amount.to_btt().c_str(), nullptr); }

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

/// 0: all have the same; near 1: one has all.
double gini(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double sum = 0, weighted = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    weighted += static_cast<double>(i + 1) * values[i];
  }
  const auto n = static_cast<double>(values.size());
  return sum > 0 ? 2 * weighted / (n * sum) - (n + 1) / n : 0;
}

double share_of_top(std::vector<double> values, double share) {
  std::sort(values.rbegin(), values.rend());
  double sum = 0, top = 0;
  const auto count = static_cast<std::size_t>(std::max(1.0, share * static_cast<double>(values.size())));
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    if (i < count) top += values[i];
  }
  return sum > 0 ? top / sum : 0;
}

/// Of what relays had at each percent of them, the smallest first.
std::string steps(const std::vector<double>& values) {
  std::string text;
  for (int percent = 0; percent <= 100; percent += 2) text += fmt::format("{}{:.4g}", percent > 0 ? "," : "", percentile(values, percent / 100.0));
  return "[" + text + "]";
}

}  // namespace

std::string report(const Settings& settings, const Network& network, const Outcome& outcome) {
  constexpr double kGib = 1024.0 * 1024 * 1024;
  std::vector<double> sold, late_waits;
  std::size_t late = 0;
  for (const auto& relay : network.relays()) {
    if (relay.from > 0) {
      ++late;
      if (relay.first_sale) late_waits.push_back(*relay.first_sale - relay.from);
    } else if (!relay.until) {
      sold.push_back(static_cast<double>(relay.bytes) / (1 << 20));
    }
  }
  const double gib = static_cast<double>(outcome.bytes) / kGib;
  return fmt::format(
      "{{\"relays\":{},\"clients\":{},\"objects\":{},\"zipf\":{},\"cache_mib\":{},\"known\":{},\"choose\":\"{}\",\"liars\":{},\"dying\":{},\"slow\":{},\"seed\":{},"
      "\"fetches\":{},\"failed\":{},\"gib\":{:.1f},\"hit_ratio\":{:.4f},\"btt_per_gib\":{:.2f},\"first_byte_p50\":{:.3f},\"first_byte_p95\":{:.3f},"
      "\"gini\":{:.3f},\"top_1_percent\":{:.4f},\"sold_nothing\":{},\"wrong_chunks\":{},\"lies_found\":{},\"switches\":{},\"unpaid_lies_btt\":{:.1f},"
      "\"late_relays\":{},\"late_sold\":{},\"late_first_sale_p50\":{:.1f},\"late_first_sale_p95\":{:.1f},\"mib_sold\":{},\"first_byte\":{}}}",
      settings.relays, settings.clients, settings.objects, settings.zipf, settings.cache_mib, settings.known, settings.best ? "best" : "order", settings.liars,
      settings.dying, settings.slow, settings.seed, outcome.fetches, outcome.failed, gib, static_cast<double>(outcome.bytes_from_cache) / static_cast<double>(std::max<std::uint64_t>(outcome.bytes, 1)),
      in_btt(outcome.paid) / std::max(gib, 1e-9), percentile(outcome.first_byte, 0.5), percentile(outcome.first_byte, 0.95), gini(sold), share_of_top(sold, 0.01),
      std::count(sold.begin(), sold.end(), 0.0), outcome.wrong_chunks, outcome.lies_found, outcome.switches, in_btt(outcome.unpaid_lies), late, late_waits.size(),
      percentile(late_waits, 0.5), percentile(late_waits, 0.95), steps(sold), steps(outcome.first_byte));
}

}  // namespace ferry::simulation
