#pragma once
// Option: one thing that an operator can set. A single entry gives its flag, its environment variable, its key in the configuration file, its
// line in --help and in --print-config, so that none of them can be forgotten. The entries are in option_table().

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

/// What the value is in a configuration file. On the command line and in the environment everything is text; lists repeat the flag, or are
/// separated by commas in the environment.
enum class OptionShape {
  text,      ///< a text
  number,    ///< a whole number
  quantity,  ///< a whole number, or a text with a unit such as "10GiB" or "30s"
  boolean,   ///< true or false
  texts,     ///< an array of texts
  numbers,   ///< an array of whole numbers
};

using OptionValues = std::vector<std::string>;  ///< exactly one, except for lists

struct Option {
  std::string key;    ///< in the file: "cache_memory", or "table.key"
  std::string group;  ///< heading in --help
  std::string value;  ///< what the value is, for --help: "HOST:PORT", "BTT"
  std::string help;
  OptionShape shape = OptionShape::text;
  /// Checks and takes the values. Errors: refusal "setting", whose message says what is expected.
  std::function<base::Result<void>(RelaySettings&, const OptionValues&)> set;
  /// The same values that set() would take; empty when nothing is set.
  std::function<OptionValues(const RelaySettings&)> get;

  bool is_list() const { return shape == OptionShape::texts || shape == OptionShape::numbers; }
  std::string flag() const;         ///< "--cache-memory"
  std::string environment() const;  ///< "FERRY_CACHE_MEMORY"
};

/// In the order in which they are shown and applied.
const std::vector<Option>& option_table();

const Option* find_option(std::string_view key);

/// Of `known` the one that is spelled most like `text`, if one is near; else empty.
std::string nearest(std::string_view text, const std::vector<std::string>& known);

}  // namespace ferry::relay
