#include "client/cli/metalink.hpp"

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>
#include <utility>

namespace ferry::cli {

namespace {

constexpr std::size_t kMaxUrlBytes = 8192;
constexpr std::size_t kMaxNameBytes = 255;
constexpr unsigned kLastPriority = 999'999;

bool is_plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view text_of(const pugi::xml_node& node) {
  std::string_view text = node.child_value();
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// RFC 5854 4.1.2.1: a name may have directories, and must not lead out of them. Here the last part counts. Empty: not usable.
std::string last_part(std::string_view name) {
  const auto slash = name.rfind('/');
  const auto part = slash == std::string_view::npos ? name : name.substr(slash + 1);
  const bool is_good = !part.empty() && part != "." && part != ".." && part.front() != '-' && part.size() <= kMaxNameBytes && is_plain(part);
  return is_good ? std::string(part) : std::string();
}

std::vector<std::string> urls_of(const pugi::xml_node& file) {
  std::vector<std::pair<unsigned, std::string>> found;
  for (const auto& node : file.children("url")) {
    const auto url = text_of(node);
    const bool is_web = url.starts_with("http://") || url.starts_with("https://");
    if (!is_web || url.size() > kMaxUrlBytes || !is_plain(url) || url.find(' ') != std::string_view::npos) continue;
    found.emplace_back(number<unsigned>(node.attribute("priority").value()).value_or(kLastPriority), url);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& one, const auto& other) { return one.first < other.first; });
  if (found.size() > kMaxMetalinkUrls) found.resize(kMaxMetalinkUrls);
  std::vector<std::string> urls;
  for (auto& [priority, url] : found) urls.push_back(std::move(url));
  return urls;
}

/// Gives why not.
std::string read_file(const pugi::xml_node& node, MetalinkFile& file) {
  file.name = last_part(node.attribute("name").value());
  if (file.name.empty()) return "a file in it has no name that can be used";
  if (const auto size = node.child("size")) {
    file.size = number<std::uint64_t>(text_of(size));
    if (!file.size) return "the size of " + file.name + " is no number";
  }
  for (const auto& hash : node.children("hash")) {
    if (std::string_view(hash.attribute("type").value()) != "sha-256") continue;
    const auto text = text_of(hash);
    if (text.size() != 64 || !is_hex(text) || !file.sha256.empty()) return "the sha-256 of " + file.name + " is not one of 64 hex digits";
    file.sha256 = text;
  }
  file.urls = urls_of(node);
  return {};
}

Metalink refused(std::string why) { return {{}, std::move(why)}; }

}  // namespace

Metalink read_metalink(std::string_view text) {
  if (text.size() > kMaxMetalinkBytes) return refused("it is larger than " + std::to_string(kMaxMetalinkBytes) + " bytes");
  pugi::xml_document document;  // knows no entities but XML's own five, and reads nothing else
  const auto parsed = document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) return refused(std::string("it is no XML: ") + parsed.description());
  const auto root = document.document_element();
  if (std::string_view(root.name()) != "metalink") return refused("it is no metalink document");
  if (std::string_view(root.attribute("xmlns").value()) != "urn:ietf:params:xml:ns:metalink") {
    return refused("it is not of version 4 (RFC 5854, usually *.meta4); older ones are not read");
  }
  Metalink metalink;
  for (const auto& node : root.children("file")) {
    if (metalink.files.size() == kMaxMetalinkFiles) return refused("it has more than " + std::to_string(kMaxMetalinkFiles) + " files");
    if (const auto why = read_file(node, metalink.files.emplace_back()); !why.empty()) return refused(why);
  }
  if (metalink.files.empty()) return refused("there is no file in it");
  return metalink;
}

}  // namespace ferry::cli
