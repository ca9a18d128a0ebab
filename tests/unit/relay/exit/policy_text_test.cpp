#include "relay/exit/policy_text.hpp"

#include <doctest/doctest.h>

#include "protocol/base/hash.hpp"
#include "relay/exit/bogons.hpp"
#include "relay/exit/special_names.hpp"

namespace {

using namespace ferry;
using namespace ferry::relay::exit;

ExitRules rules_in_some_order() {
  ExitRules rules;
  rules.allow = {parse_exit_allow("10.0.0.0/8:8080").value(), parse_exit_allow("::1").value(), parse_exit_allow("10.0.0.0/8").value()};
  rules.deny = {parse_exit_deny("9.9.9.9").value(), parse_exit_deny("9.0.0.0/8").value()};
  rules.ports = {443, 80};
  rules.deny_domains = {"b.example", "a.example"};
  return rules;
}

TEST_CASE("policy text: rules in another order, repeated or written as mapped ranges give the same text") {
  ExitRules other;
  other.allow = {ExitAllow{base::Cidr::parse("::ffff:10.0.0.0/104").value(), std::nullopt}, parse_exit_allow("::1/128").value(),
                 parse_exit_allow("10.0.0.0/8:8080").value(), parse_exit_allow("::1").value()};
  other.deny = {parse_exit_deny("9.0.0.0/8").value(), parse_exit_deny("9.9.9.9/32").value(), parse_exit_deny("9.9.9.9").value()};
  other.ports = {80, 443, 80};
  other.deny_domains = {"a.example", "b.example", "a.example"};
  CHECK(policy_text(canonical(other)) == policy_text(canonical(rules_in_some_order())));
}

TEST_CASE("policy text: the operator's rules stand in the order in which they decide") {
  const std::string text = policy_text(canonical(rules_in_some_order()));
  std::size_t last = 0;
  for (const char* line :
       {"ferry exit policy 1\n", "\nscheme https\n", "\ndeny-metadata-domain metadata.google.internal\n", "\ndeny-local-domain localhost\n",
        "\ndeny-domain a.example\ndeny-domain b.example\n", "\ndeny-own-ports\n", "\ndeny 9.0.0.0/8\ndeny 9.9.9.9/32\n",
        "\ndeny-metadata 169.254.169.254\n", "\nallow 10.0.0.0/8\nallow 10.0.0.0/8:8080\nallow ::1/128\n", "\ndeny-private 10.0.0.0/8\n",
        "\ndeny-own-addresses\n", "\nport 80\nport 443\n"}) {
    CAPTURE(line);
    const std::size_t found = text.find(line);
    REQUIRE(found != std::string::npos);
    CHECK(found >= last);
    last = found;
  }
  CHECK(text.back() == '\n');
}

TEST_CASE("policy text: the text of default rules changes only on purpose: quotes hash it") {
  CHECK(base::sha256(base::bytes_of(policy_text(ExitRules{}))).hex() == "efc54af9882db101bbe6ac71aa82e2080d3e240cd92eaafbc476498738e05ace");
}

TEST_CASE("policy text: every built-in row is published") {
  const std::string text = policy_text(ExitRules{});
  for (const Bogon& bogon : bogons()) {
    CAPTURE(bogon.range.to_string());
    CHECK(text.find(" " + bogon.range.to_string() + "\n") != std::string::npos);
  }
  for (const auto& address : metadata_addresses()) CHECK(text.find(" " + address.to_string() + "\n") != std::string::npos);
}

}  // namespace
