#include "relay/ops/config_file.hpp"

#include <doctest/doctest.h>

using namespace ferry;
using namespace ferry::relay;

namespace {

std::string config_refusal(std::string_view text) {
  const auto parsed = parse_config(text, "relay.toml");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == "config");
  return parsed.error().message;
}

RelaySettings applied(std::string_view text) {
  RelaySettings settings;
  const auto values = parse_config(text, "relay.toml");
  if (!values) FAIL(values.error().message);
  for (const auto& value : *values) REQUIRE(value.option->set(settings, value.values));
  return settings;
}

}  // namespace

TEST_CASE("config file: each kind of value is read") {
  const auto settings = applied(R"(listen = "0.0.0.0:443"
workers = 3
cache_disk = 1024
cache_memory = "2GiB"
log_urls = true
exit_allow = ["10.0.0.0/8", "127.0.0.1/32:8080"]
exit_port = [80, 8080]
[tariff]
hit = "0.5"
)");
  CHECK(settings.listen.port == 443);
  CHECK(settings.workers == 3);
  CHECK(settings.cache.disk_bytes == 1024);
  CHECK(settings.cache.memory_bytes == std::uint64_t{2} << 30U);
  CHECK(settings.log_urls);
  CHECK(settings.exit_allow == std::vector<std::string>{"10.0.0.0/8", "127.0.0.1/32:8080"});
  CHECK(settings.exit_ports == std::vector<std::uint16_t>{80, 8080});
  CHECK(settings.tariff.hit.to_btt() == "0.5");
}

TEST_CASE("config file: an unknown key is refused at its place, with the one that was probably meant") {
  CHECK(config_refusal("contact = \"x\"\ncache_memroy = \"1GiB\"\n") == "relay.toml:2:1: there is no key \"cache_memroy\"; did you mean \"cache_memory\"?");
  CHECK(config_refusal("[tariff]\nhti = \"1\"\n") == "relay.toml:2:1: there is no key \"tariff.hti\"; did you mean \"tariff.hit\"?");
  CHECK(config_refusal("zebra = 1\n") == "relay.toml:1:1: there is no key \"zebra\"; ferry-relay --print-config shows all keys");
  CHECK(config_refusal("[listen]\nhost = \"x\"\n").starts_with("relay.toml:1:"));
}

TEST_CASE("config file: a value of the wrong type is refused at its place") {
  CHECK(config_refusal("listen = 443\n") == "relay.toml:1:10: \"listen\": a text in quotes is expected");
  CHECK(config_refusal("workers = \"3\"\n") == "relay.toml:1:11: \"workers\": a whole number is expected");
  CHECK(config_refusal("workers = 3.0\n").starts_with("relay.toml:1:11: "));
  CHECK(config_refusal("cache_memory = 1.5\n").starts_with("relay.toml:1:16: \"cache_memory\": a whole number, or a text"));
  CHECK(config_refusal("log_urls = \"true\"\n").starts_with("relay.toml:1:12: \"log_urls\": true or false"));
  CHECK(config_refusal("exit_allow = \"10.0.0.0/8\"\n").starts_with("relay.toml:1:14: \"exit_allow\": a list of texts"));
  CHECK(config_refusal("exit_port = [80, \"443\"]\n").starts_with("relay.toml:1:13: \"exit_port\": a list of whole numbers"));
  CHECK(config_refusal("[tariff]\nhit = 0.5\n") == "relay.toml:2:7: \"tariff.hit\": a text in quotes is expected");
}

TEST_CASE("config file: what is no TOML is refused with line and column") {
  CHECK(config_refusal("listen = \n").starts_with("relay.toml:1:"));
  CHECK(config_refusal("a = 1\na = 2\n").starts_with("relay.toml:2:"));
  CHECK(config_refusal(std::string((std::size_t{1} << 20U) + 1, '#')).find("1 MiB") != std::string::npos);
}

TEST_CASE("config file: what is printed is read back as the same settings") {
  auto settings = applied("contact = \"a \\\"quoted\\\" \\u2603 line\\nbreak\"\nexit_deny = [\"10.1.0.0/16\"]\nfaucet_bits = 0\n[tariff]\nmin = \"0.000000000000000001\"\n");
  settings.ledger.beneficiary = base::Address{};
  const auto text = config_text(settings);
  CHECK(config_text(applied(text)) == text);
  CHECK(applied(text).contact == settings.contact);
  CHECK(applied(text).ledger.beneficiary == settings.ledger.beneficiary);
}
