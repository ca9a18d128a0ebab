#include "client/status/hour_plot.hpp"

#include <algorithm>

#include "client/status/shown_text.hpp"
#include "protocol/base/html_text.hpp"

namespace ferry::client {

using base::Amount;
using base::html_text;

namespace {

// Units of the drawing, which the page stretches: a bar of 8 and a gap of 2 a minute.
constexpr std::uint64_t kHeight = 100;
constexpr std::size_t kStep = 10;
constexpr std::size_t kBar = 8;

std::string bar_title(const MinuteUsage& minute) {
  return clock_text(base::Time::from_seconds(minute.minute * 60)) + " UTC: " + short_btt(minute.usage.spent) + " BTT, " +
         short_bytes(minute.usage.down_bytes) + " down, " + short_bytes(minute.usage.up_bytes) + " up";
}

/// The least height that still shows is given to what is not nothing.
std::uint64_t height_of(Amount value, Amount most) {
  if (value.is_zero()) return 0;
  const auto scaled = value.scaled_down(kHeight, most.units());
  return scaled ? std::max<std::uint64_t>(static_cast<std::uint64_t>(scaled->units()), 2) : kHeight;
}

Amount carried(const MinuteUsage& minute) {
  return Amount::from_units(Amount::Raw{minute.usage.down_bytes} + Amount::Raw{minute.usage.up_bytes});
}

template <typename Value, typename Label>
std::string plot(const char* name, const std::vector<MinuteUsage>& minutes, Value value, Label label) {
  Amount most;
  for (const auto& minute : minutes) most = std::max(most, value(minute));
  const auto width = std::to_string(std::max<std::size_t>(minutes.size(), 1) * kStep);
  std::string out = std::string("<div class=\"plot ") + name + "\"><div class=\"scale\"><span>" + html_text(label(most)) +
                    "</span><span>0</span></div><svg viewBox=\"0 0 " + width + " 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"" +
                    html_text(label(most)) + " in the busiest minute\">\n<path class=\"grid\" d=\"M0 50H" + width + "\"/>";
  for (std::size_t i = 0; i < minutes.size(); ++i) {
    const auto height = height_of(value(minutes[i]), most);
    if (height == 0) continue;
    out += "<rect x=\"" + std::to_string(i * kStep + (kStep - kBar) / 2) + "\" y=\"" + std::to_string(kHeight - height) + "\" width=\"" +
           std::to_string(kBar) + "\" height=\"" + std::to_string(height) + "\"><title>" + html_text(bar_title(minutes[i])) + "</title></rect>\n";
  }
  return out + "</svg></div>\n";
}

}  // namespace

std::string hour_plot(const std::vector<MinuteUsage>& minutes) {
  const bool quiet = std::all_of(minutes.begin(), minutes.end(), [](const MinuteUsage& minute) { return minute.usage == Usage{}; });
  if (quiet) return "<p class=\"empty\">Nothing was spent or carried.</p>\n";
  const auto spent = [](const MinuteUsage& minute) { return minute.usage.spent; };
  const auto as_bytes = [](Amount bytes) { return short_bytes(static_cast<std::uint64_t>(std::min(bytes, Amount::from_units(UINT64_MAX)).units())); };
  const auto as_btt = [](Amount amount) { return short_btt(amount) + " BTT"; };
  return plot("spent", minutes, spent, as_btt) + plot("carried", minutes, carried, as_bytes) +
         "<div class=\"times\"><span>60 min ago</span><span>45</span><span>30</span><span>15</span><span>now</span></div>\n";
}

}  // namespace ferry::client
