#include "relay/ops/config_file.hpp"

#include <exception>
#include <optional>
#include <toml++/toml.h>
#include <utility>

namespace ferry::relay {

using base::Result;

namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 20U;

/// One pass over a file.
class ConfigReader {
 public:
  explicit ConfigReader(std::string_view file_name) : file_name_(base::printable(file_name, 300)) {}

  Result<std::vector<ConfigValue>> read(const toml::table& root) {
    FERRY_CHECK(read_table(root, ""));
    return std::move(values_);
  }

  std::string where(const toml::source_region& region) const {
    return file_name_ + ":" + std::to_string(region.begin.line) + ":" + std::to_string(region.begin.column);
  }
  base::Unexpected refuse(const toml::source_region& region, const std::string& what) const {
    return base::fail(base::refusal("config", where(region) + ": " + what));
  }

 private:
  Result<void> read_table(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      const auto* const inner = node.as_table();
      if (inner != nullptr && prefix.empty() && is_table(key)) {
        FERRY_CHECK(read_table(*inner, key + "."));
        continue;
      }
      const auto* const option = find_option(key);
      if (option == nullptr) return unknown(name.source(), key);
      auto values = read_value(*option, node);
      if (!values) return refuse(node.source(), "\"" + key + "\": " + values.error().message);
      values_.push_back(ConfigValue{option, std::move(*values), where(node.source())});
    }
    return {};
  }

  static bool is_table(const std::string& key) {
    for (const auto& option : option_table()) {
      if (option.key.starts_with(key + ".")) return true;
    }
    return false;
  }

  base::Unexpected unknown(const toml::source_region& region, const std::string& key) const {
    std::vector<std::string> known;
    for (const auto& option : option_table()) known.push_back(option.key);
    const auto near = nearest(key, known);
    return refuse(region, "there is no key \"" + base::printable(key, 80) + "\"; " +
                              (near.empty() ? "ferry-relay --print-config shows all keys" : "did you mean \"" + near + "\"?"));
  }

  static base::Unexpected expected(const char* what) { return base::fail(base::refusal("config", std::string(what) + " is expected")); }

  static Result<OptionValues> read_value(const Option& option, const toml::node& node) {
    switch (option.shape) {
      case OptionShape::text:
        if (const auto* text = node.as_string()) return OptionValues{text->get()};
        return expected("a text in quotes");
      case OptionShape::number:
        if (const auto* number = node.as_integer()) return OptionValues{std::to_string(number->get())};
        return expected("a whole number");
      case OptionShape::quantity:
        if (const auto* number = node.as_integer()) return OptionValues{std::to_string(number->get())};
        if (const auto* text = node.as_string()) return OptionValues{text->get()};
        return expected("a whole number, or a text with a unit");
      case OptionShape::boolean:
        if (const auto* value = node.as_boolean()) return OptionValues{value->get() ? "true" : "false"};
        return expected("true or false, without quotes,");
      case OptionShape::texts: return read_list(node, OptionShape::text, "a list of texts, such as [\"…\", \"…\"],");
      case OptionShape::numbers: return read_list(node, OptionShape::number, "a list of whole numbers, such as [80, 443],");
    }
    return expected("another value");
  }

  static Result<OptionValues> read_list(const toml::node& node, OptionShape element_shape, const char* what) {
    const auto* const list = node.as_array();
    if (list == nullptr) return expected(what);
    Option element;
    element.shape = element_shape;
    OptionValues values;
    for (const auto& item : *list) {
      auto value = read_value(element, item);
      if (!value) return expected(what);
      values.push_back(std::move(value->front()));
    }
    return values;
  }

  std::string file_name_;
  std::vector<ConfigValue> values_;
};

std::string quoted(const std::string& text) {
  // A TOML writer of its own would be the same code: toml++ knows what must be escaped.
  std::ostringstream out;
  out << toml::value<std::string>{text};
  return out.str();
}

std::string value_text(const Option& option, const OptionValues& values) {
  const bool bare = option.shape == OptionShape::number || option.shape == OptionShape::numbers || option.shape == OptionShape::boolean;
  std::string out;
  for (const auto& value : values) {
    if (!out.empty()) out += ", ";
    out += bare ? value : quoted(value);
  }
  return option.is_list() ? "[" + out + "]" : out;
}

}  // namespace

Result<std::vector<ConfigValue>> parse_config(std::string_view text, std::string_view file_name) {
  ConfigReader reader(file_name);
  if (text.size() > kMaxText) return reader.refuse({}, "a configuration has at most 1 MiB");
  try {
    return reader.read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return reader.refuse(error.source(), base::printable(error.description(), 300));
  } catch (const std::exception& error) {
    return reader.refuse({}, base::printable(error.what()));
  }
}

std::string config_text(const RelaySettings& settings) {
  std::string out;
  std::string table;
  std::string group;
  // Keys of tables come last: what follows the head of a table belongs to it.
  for (const bool in_tables : {false, true}) {
    for (const auto& option : option_table()) {
      const auto dot = option.key.find('.');
      if ((dot != std::string::npos) != in_tables) continue;
      if (option.group != group) out += (out.empty() ? "# " : "\n# ") + (group = option.group) + "\n";
      if (in_tables && option.key.substr(0, dot) != table) out += "[" + (table = option.key.substr(0, dot)) + "]\n";
      const auto values = option.get(settings);
      if (values.empty() && !option.is_list()) {
        out += "# " + option.key + " is not set\n";
        continue;
      }
      out += (in_tables ? option.key.substr(dot + 1) : option.key) + " = " + value_text(option, values) + "\n";
    }
  }
  return out;
}

}  // namespace ferry::relay
