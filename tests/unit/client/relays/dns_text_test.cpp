#include "client/relays/dns_text.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

namespace {

const std::string kInDns = "ferry://0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A@relay.example.org:8443";

void put_number(base::Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
  out.push_back(static_cast<std::uint8_t>(value));
}

/// An answer with one TXT record for each list of texts. Source: RFC 1035.
base::Bytes answer_with(const std::vector<std::vector<std::string>>& records) {
  base::Bytes out;
  for (const std::uint16_t field : {std::uint16_t{1}, std::uint16_t{0x8180}, std::uint16_t{0}, static_cast<std::uint16_t>(records.size()), std::uint16_t{0}, std::uint16_t{0}}) {
    put_number(out, field);
  }
  for (const auto& texts : records) {
    out.insert(out.end(), {1, 'r', 0});  // the name "r"
    put_number(out, 16);                 // TXT
    put_number(out, 1);
    put_number(out, 0);
    put_number(out, 60);
    base::Bytes data;
    for (const auto& text : texts) {
      data.push_back(static_cast<std::uint8_t>(text.size()));
      data.insert(data.end(), text.begin(), text.end());
    }
    put_number(out, static_cast<std::uint16_t>(data.size()));
    out.insert(out.end(), data.begin(), data.end());
  }
  return out;
}

}  // namespace

TEST_CASE("DNS texts: references are taken, whole or in parts; other records are somebody else's") {
  const auto found = relays_in_answer(answer_with({{kInDns}, {"v=spf1 -all"}, {kInDns.substr(0, 20), kInDns.substr(20)}, {}}));
  REQUIRE(found.size() == 2);
  CHECK(found[0] == RelayReference::parse(kInDns).value());
  CHECK(found[1] == found[0]);
}

TEST_CASE("DNS texts: at most 64 are taken") { CHECK(relays_in_answer(answer_with(std::vector<std::vector<std::string>>(100, {kInDns}))).size() == 64); }

TEST_CASE("DNS texts: an answer that is cut anywhere does no harm") {
  const auto whole = answer_with({{kInDns}});
  for (std::size_t length = 0; length < whole.size(); ++length) CHECK(relays_in_answer(base::ByteView{whole}.first(length)).empty());
}

}  // namespace ferry::client
