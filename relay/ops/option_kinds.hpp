#pragma once
// How an Option of each kind of value is made from the member that it sets. Used only by the lists of options.

#include <functional>
#include <string>

#include "relay/ops/option.hpp"

namespace ferry::relay::kinds {

/// Key, heading, value and help of an option.
struct About {
  std::string key, group, value, help;
};

/// Gives the member of the settings that an option sets.
template <typename T>
using Member = std::function<T&(RelaySettings&)>;

Option text(About about, Member<std::string> member);
Option endpoint(About about, Member<Endpoint> member);
Option amount(About about, Member<base::Amount> member);
Option bytes(About about, Member<std::uint64_t> member);
Option duration(About about, Member<std::chrono::seconds> member, std::chrono::seconds min, std::chrono::seconds max);
/// A duration that is kept as a count of seconds.
Option duration_count(About about, Member<std::uint64_t> member, std::uint64_t min, std::uint64_t max);
Option boolean(About about, Member<bool> member);
/// `check` refuses a text that is no good.
Option texts(About about, Member<std::vector<std::string>> member, std::function<base::Result<void>(const std::string&)> check);

/// The settings are const where an option is only read.
template <typename T>
const T& read(const Member<T>& member, const RelaySettings& settings) {
  return member(const_cast<RelaySettings&>(settings));  // the member is only looked at
}

base::Result<std::uint64_t> whole_number(const std::string& text, std::uint64_t min, std::uint64_t max);

template <typename T>
Option count(About about, Member<T> member, std::uint64_t min, std::uint64_t max) {
  Option option{about.key, about.group, about.value, about.help, OptionShape::number, {}, {}};
  option.set = [member, min, max](RelaySettings& settings, const OptionValues& values) -> base::Result<void> {
    FERRY_TRY(const auto value, whole_number(values.front(), min, max));
    member(settings) = static_cast<T>(value);
    return {};
  };
  option.get = [member](const RelaySettings& settings) { return OptionValues{std::to_string(read(member, settings))}; };
  return option;
}

}  // namespace ferry::relay::kinds
