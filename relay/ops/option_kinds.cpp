#include "relay/ops/option_kinds.hpp"

#include <utility>

#include "relay/ops/setting_text.hpp"

namespace ferry::relay::kinds {

namespace {

/// An option with one value: `parse` reads it, `show` writes it so that it would be read as the same.
template <typename T>
Option single(About about, OptionShape shape, Member<T> member, std::function<base::Result<T>(const std::string&)> parse,
              std::function<std::string(const T&)> show) {
  Option option{std::move(about.key), std::move(about.group), std::move(about.value), std::move(about.help), shape, {}, {}};
  option.set = [member, parse](RelaySettings& settings, const OptionValues& values) -> base::Result<void> {
    FERRY_TRY(member(settings), parse(values.front()));
    return {};
  };
  option.get = [member, show](const RelaySettings& settings) {
    std::string shown = show(read(member, settings));
    return shown.empty() ? OptionValues{} : OptionValues{std::move(shown)};
  };
  return option;
}

base::Result<std::chrono::seconds> duration_within(const std::string& text, std::chrono::seconds min, std::chrono::seconds max) {
  FERRY_TRY(const auto value, parse_duration(text));
  if (value >= min && value <= max) return value;
  return base::fail(base::refusal("setting", "a time from " + duration_text(min) + " to " + duration_text(max) + " is expected, not " +
                                                 base::printable(text, 80)));
}

}  // namespace

base::Result<std::uint64_t> whole_number(const std::string& text, std::uint64_t min, std::uint64_t max) { return parse_count(text, min, max); }

Option text(About about, Member<std::string> member) {
  return single<std::string>(
      std::move(about), OptionShape::text, std::move(member), [](const std::string& value) -> base::Result<std::string> { return value; },
      [](const std::string& value) { return value; });
}

Option endpoint(About about, Member<Endpoint> member) {
  return single<Endpoint>(
      std::move(about), OptionShape::text, std::move(member), [](const std::string& value) { return parse_endpoint(value); },
      [](const Endpoint& value) { return to_text(value); });
}

Option amount(About about, Member<base::Amount> member) {
  return single<base::Amount>(
      std::move(about), OptionShape::text, std::move(member),
      [](const std::string& value) -> base::Result<base::Amount> {
        auto parsed = base::Amount::parse_btt(value);
        if (!parsed) return base::fail(base::refusal("setting", parsed.error().message));
        return parsed;
      },
      [](const base::Amount& value) { return value.to_btt(); });
}

Option bytes(About about, Member<std::uint64_t> member) {
  return single<std::uint64_t>(
      std::move(about), OptionShape::quantity, std::move(member), [](const std::string& value) { return parse_bytes(value); },
      [](const std::uint64_t& value) { return bytes_text(value); });
}

Option duration(About about, Member<std::chrono::seconds> member, std::chrono::seconds min, std::chrono::seconds max) {
  return single<std::chrono::seconds>(
      std::move(about), OptionShape::quantity, std::move(member),
      [min, max](const std::string& value) { return duration_within(value, min, max); },
      [](const std::chrono::seconds& value) { return duration_text(value); });
}

Option duration_count(About about, Member<std::uint64_t> member, std::uint64_t min, std::uint64_t max) {
  const auto seconds = [](std::uint64_t count) { return std::chrono::seconds{static_cast<std::int64_t>(count)}; };
  return single<std::uint64_t>(
      std::move(about), OptionShape::quantity, std::move(member),
      [seconds, min, max](const std::string& value) -> base::Result<std::uint64_t> {
        FERRY_TRY(const auto duration, duration_within(value, seconds(min), seconds(max)));
        return static_cast<std::uint64_t>(duration.count());
      },
      [seconds](const std::uint64_t& value) { return duration_text(seconds(value)); });
}

Option boolean(About about, Member<bool> member) {
  return single<bool>(
      std::move(about), OptionShape::boolean, std::move(member), [](const std::string& value) { return parse_switch(value); },
      [](const bool& value) { return std::string(value ? "true" : "false"); });
}

Option texts(About about, Member<std::vector<std::string>> member, std::function<base::Result<void>(const std::string&)> check) {
  Option option{std::move(about.key), std::move(about.group), std::move(about.value), std::move(about.help), OptionShape::texts, {}, {}};
  option.set = [member, check = std::move(check)](RelaySettings& settings, const OptionValues& values) -> base::Result<void> {
    for (const auto& value : values) FERRY_CHECK(check(value));
    member(settings) = values;
    return {};
  };
  option.get = [member](const RelaySettings& settings) { return read(member, settings); };
  return option;
}

}  // namespace ferry::relay::kinds
