#include "client/status/pac_file.hpp"

#include <nlohmann/json.hpp>

#include "client/json_text.hpp"
#include "client/proxy/local_destinations.hpp"

namespace ferry::client {

using nlohmann::json;

namespace {

// bits(): an address literal as "4:" or "6:" and its bits, so that a network is a prefix; "" for a name.
constexpr const char* kFunctions = R"JS(
function byteBits(value, width) {
  var text = "";
  for (var i = width - 1; i >= 0; i--) text += (value >> i) & 1;
  return text;
}

function bits4(host) {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return "";
  var parts = host.split("."), text = "";
  for (var i = 0; i < 4; i++) {
    if (Number(parts[i]) > 255) return "";
    text += byteBits(Number(parts[i]), 8);
  }
  return text;
}

function groups(text) {
  if (text === "") return [];
  var parts = text.split(":");
  var last = bits4(parts[parts.length - 1]);
  if (last !== "") parts.splice(parts.length - 1, 1, parseInt(last.substr(0, 16), 2).toString(16), parseInt(last.substr(16), 2).toString(16));
  return parts;
}

function bits(host) {
  var four = bits4(host);
  if (four !== "") return "4:" + four;
  if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/.test(host)) return "";
  var halves = host.split("::"), front = groups(halves[0]), back = halves.length > 1 ? groups(halves[1]) : [], text = "", i;
  while (halves.length > 1 && front.length + back.length < 8) front.push("0");
  front = front.concat(back);
  for (i = 0; i < front.length; i++) text += byteBits(parseInt(front[i], 16), 16);
  if (text.indexOf(mapped) === 0) return "4:" + text.substr(96);
  return "6:" + text;
}

function isBelow(host, domain) {
  var at = host.length - domain.length - 1;
  return at > 0 && host.substr(at) === "." + domain;
}

function portOf(url) {
  var parts = /^([a-z][a-z0-9+.\-]*):\/\/(?:[^\/?#@]*@)?(?:\[[^\]]*\]|[^:\/?#]*)(?::(\d+))?/i.exec(url);
  if (!parts) return 0;
  if (parts[2]) return Number(parts[2]);
  var known = {http: 80, ws: 80, https: 443, wss: 443, ftp: 21};
  return known[parts[1].toLowerCase()] || 0;
}

function FindProxyForURL(url, host) {
  host = host.toLowerCase().replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (host === own) return proxy;
  var address = bits(host), port = portOf(url), i, rule;
  if (address === "" && host.indexOf(".") < 0) return "DIRECT";
  for (i = 0; i < rules.length; i++) {
    rule = rules[i];
    if (rule.port && rule.port !== port) continue;
    if (rule.name && rule.name === host) return "DIRECT";
    if (rule.below && isBelow(host, rule.below)) return "DIRECT";
    if (rule.network && address.indexOf(rule.network) === 0) return "DIRECT";
  }
  return proxy;
}
)JS";

std::string network_bits(const base::Cidr& network) {
  std::string text = network.network.is_v6 ? "6:" : "4:";
  for (std::size_t bit = 0; bit < static_cast<std::size_t>(network.prefix); ++bit) {
    text += ((network.network.data[bit / 8] >> (7 - bit % 8)) & 1) != 0 ? '1' : '0';
  }
  return text;
}

json rule_of(const Exclusion& exclusion) {
  json rule = json::object();
  if (const auto* name = std::get_if<std::string>(&exclusion.what)) rule["name"] = *name;
  if (const auto* below = std::get_if<Exclusion::Below>(&exclusion.what)) rule["below"] = below->domain;
  if (const auto* network = std::get_if<base::Cidr>(&exclusion.what)) rule["network"] = network_bits(*network);
  if (exclusion.port) rule["port"] = *exclusion.port;
  return rule;
}

/// Printable ASCII is all that it holds then.
std::string script_text(const json& value) { return value.dump(-1, ' ', true, json::error_handler_t::replace); }

}  // namespace

std::string pac_file(const base::Host& proxy_host, std::uint16_t proxy_port, const Exclusions& exclusions) {
  const auto place = proxy_host.to_string() + ":" + std::to_string(proxy_port);
  std::string rules;
  const auto add = [&rules](const json& rule) { rules += (rules.empty() ? "\n  " : ",\n  ") + script_text(rule); };
  for (const auto domain : local_domains()) {
    add({{"name", domain}});
    add({{"below", domain}});
  }
  for (const auto& network : local_networks()) add({{"network", network_bits(network)}});
  for (const auto& exclusion : exclusions.all()) add(rule_of(exclusion));
  return "// Ferry's proxy: everything goes to it but what is local or left out.\nvar proxy = " +
         script_text("PROXY " + place + "; SOCKS5 " + place) + ";\nvar own = " + script_text(kFerryHost) + ";\nvar mapped = \"" +
         std::string(80, '0') + std::string(16, '1') + "\";\nvar rules = [" + rules + "\n];\n" + kFunctions;
}

}  // namespace ferry::client
