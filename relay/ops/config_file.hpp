#pragma once
// The relay's configuration file (TOML): from its text to the values of options. What the values mean is the options' business. toml++ and its
// exceptions stay behind this header.

#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.hpp"
#include "relay/ops/option.hpp"

namespace ferry::relay {

/// A value and where it stands, for the message if the option refuses it.
struct ConfigValue {
  const Option* option = nullptr;
  OptionValues values;
  std::string where;  ///< "relay.toml:3:10"
};

/// Errors: refusal "config" with file, line and column, for syntax, unknown keys (names the nearest known one) and wrong types.
/// Limits: 1 MiB of text.
base::Result<std::vector<ConfigValue>> parse_config(std::string_view text, std::string_view file_name);

/// The settings as a file that parse_config() reads back.
std::string config_text(const RelaySettings& settings);

}  // namespace ferry::relay
