#include "client/front/socks_handshake.hpp"

#include <doctest/doctest.h>

#include "tests/unit/client/front/cut_input.hpp"

namespace ferry::client {

namespace {

using base::Bytes;

const std::optional<Credentials> kAnybody;
const std::optional<Credentials> kAlice{{"alice", "secret"}};

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes text(std::string_view text) {
  const auto bytes = base::bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

Bytes counted(std::string_view value) { return Bytes{static_cast<std::uint8_t>(value.size())} + text(value); }

Bytes password(std::string_view user, std::string_view secret) { return Bytes{1} + counted(user) + counted(secret); }

Bytes port(unsigned number) { return {static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)}; }

Bytes connect_name(std::string_view name, unsigned number = 443) { return Bytes{5, 1, 0, 3} + counted(name) + port(number); }

const Bytes kNoAuth{5, 1, 0};
const Bytes kWithUser{5, 1, 2};
const Bytes kEither{5, 2, 0, 2};

SocksOutcome socks_outcome_of(const Bytes& bytes, const std::optional<Credentials>& required = kAnybody) {
  const auto whole = socks_outcome(required, bytes, pieces_of(SIZE_MAX));
  for (const auto& cut : usual_cuts()) CHECK(socks_outcome(required, bytes, cut) == whole);
  return whole;
}

Bytes socks4(unsigned number, std::array<std::uint8_t, 4> ip, std::string_view user) {
  return Bytes{4, 1} + port(number) + Bytes(ip.begin(), ip.end()) + text(user) + Bytes{0};
}

}  // namespace

TEST_CASE("socks5: a name, an IPv4 and an IPv6 address") {
  const auto name = socks_outcome_of(kNoAuth + connect_name("Example.COM", 443));
  CHECK(name.destination == "example.com:443");
  CHECK(name.reply == Bytes{5, 0});
  CHECK(name.user.empty());
  CHECK(socks_outcome_of(kNoAuth + Bytes{5, 1, 0, 1, 93, 184, 216, 34} + port(80)).destination == "93.184.216.34:80");
  const Bytes v6{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  CHECK(socks_outcome_of(kNoAuth + Bytes{5, 1, 0, 4} + v6 + port(8443)).destination == "[2001:db8::1]:8443");
  CHECK(socks_outcome_of(kNoAuth + connect_name("2001:db8::1", 80)).destination == "[2001:db8::1]:80");
  CHECK(socks_outcome_of(kNoAuth + connect_name("[2001:db8::1]", 80)).destination == "[2001:db8::1]:80");
}

TEST_CASE("socks5: what an app sends behind its request is left for the destination") {
  const auto early = socks_outcome_of(kNoAuth + connect_name("a.test") + text("\x16\x03\x01 early"));
  CHECK(early.destination == "a.test:443");
  CHECK(early.left == text("\x16\x03\x01 early"));
  CHECK(socks_outcome_of(kNoAuth + connect_name("a.test")).left.empty());
}

TEST_CASE("socks5: a half message waits and says nothing") {
  const auto all = kWithUser + password("app", "x") + connect_name("a.test");
  for (std::size_t size = 0; size < all.size(); ++size) {
    const auto half = socks_outcome_of(Bytes(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)));
    CHECK(half.is_waiting);
    CHECK(half.destination.empty());
  }
  CHECK_FALSE(socks_outcome_of(all).is_waiting);
}

TEST_CASE("socks5: the user name tells the app, and is asked for whenever it is offered") {
  for (const auto& greeting : {kEither, kWithUser}) {
    const auto named = socks_outcome_of(greeting + password("browser", "anything") + connect_name("a.test"));
    CHECK(named.reply == Bytes{5, 2, 1, 0});
    CHECK(named.user == "browser");
    CHECK(named.destination == "a.test:443");
  }
  // Java offers both and sends no password.
  CHECK(socks_outcome_of(kEither + password("java", "") + connect_name("a.test")).user == "java");
  CHECK(socks_outcome_of(kEither + password("", "") + connect_name("a.test")).destination == "a.test:443");
  CHECK(socks_outcome_of(kEither + password("a\nb", "") + connect_name("a.test")).user == "a?b");
}

TEST_CASE("socks5: a required password lets only its owner in") {
  CHECK(socks_outcome_of(kEither + password("alice", "secret") + connect_name("a.test"), kAlice).destination == "a.test:443");
  for (const auto& wrong : {password("alice", "Secret"), password("bob", "secret"), password("alice", ""), password("alicesecret", "")}) {
    const auto refused = socks_outcome_of(kWithUser + wrong + connect_name("a.test"), kAlice);
    CHECK(refused.refused == "proxy_password_wrong");
    CHECK(refused.reply == Bytes{5, 2, 1, 1});
    CHECK(refused.destination.empty());
  }
  const auto none = socks_outcome_of(kNoAuth + connect_name("a.test"), kAlice);
  CHECK(none.refused == "proxy_password_missing");
  CHECK(none.reply == Bytes{5, 0xff});
}

TEST_CASE("socks5: no method in common") {
  for (const auto& greeting : {Bytes{5, 1, 1}, Bytes{5, 0}, Bytes{5, 2, 1, 3}}) {
    const auto refused = socks_outcome_of(greeting);
    CHECK(refused.refused == "socks_method");
    CHECK(refused.reply == Bytes{5, 0xff});
  }
}

TEST_CASE("socks5: a bad request is refused with the code of its reason") {
  struct Case {
    Bytes request;
    std::string code;
    std::uint8_t reply;
  };
  const std::vector<Case> cases{
      {Bytes{5, 2, 0, 1, 1, 2, 3, 4} + port(1), "socks_command", 7},
      {Bytes{5, 3, 0, 1, 0, 0, 0, 0} + port(0), "socks_command", 7},
      {Bytes{5, 9, 0, 9}, "socks_command", 7},
      {Bytes{5, 1, 0, 2, 1}, "socks_address_type", 8},
      {Bytes{4, 1, 0, 1}, "socks_format", 1},
      {Bytes{5, 1, 1, 1, 1, 2, 3, 4} + port(1), "socks_format", 1},
      {connect_name("a.test", 0), "destination_port", 1},
      {connect_name(""), "host_empty", 4},
      {connect_name("a b.test"), "host_character", 4},
      {connect_name(std::string_view("a\0.test", 7)), "host_character", 4},
      {connect_name("user@a.test"), "host_character", 4},
      {connect_name("1.2.3.4.5"), "host_number", 4},
      {connect_name("::1::"), "host_ipv6", 4},
      {connect_name(std::string(255, 'a')), "host_too_long", 4},
  };
  for (const auto& [request, code, reply] : cases) {
    CAPTURE(code);
    const auto refused = socks_outcome_of(kNoAuth + request);
    CHECK(refused.refused == code);
    CHECK(refused.reply == Bytes{5, 0} + Bytes{5, reply, 0, 1, 0, 0, 0, 0, 0, 0});
    CHECK(refused.destination.empty());
  }
  CHECK(socks_outcome_of(kWithUser + Bytes{2, 1, 'a', 1, 'b'}).refused == "socks_format");
  CHECK(socks_outcome_of(Bytes{6, 1, 0}).refused == "socks_version");
}

TEST_CASE("socks4: an address, a name and the app's name") {
  const auto plain = socks_outcome_of(socks4(80, {93, 184, 216, 34}, "editor") + text("early"));
  CHECK(plain.destination == "93.184.216.34:80");
  CHECK(plain.user == "editor");
  CHECK(plain.reply.empty());
  CHECK(plain.left == text("early"));
  const auto named = socks_outcome_of(socks4(443, {0, 0, 0, 1}, "") + text("Example.com") + Bytes{0} + text("early"));
  CHECK(named.destination == "example.com:443");
  CHECK(named.left == text("early"));
  CHECK(socks_outcome_of(socks4(443, {0, 0, 0, 255}, "me") + text("a.test") + Bytes{0}).destination == "a.test:443");
  CHECK(socks_outcome_of(socks4(443, {0, 0, 0, 0}, "me")).destination == "0.0.0.0:443");
}

TEST_CASE("socks4: what is too long, or names no port, or asks for more is refused") {
  const Bytes no{0, 0x5b, 0, 0, 0, 0, 0, 0};
  const auto refused = [&no](const Bytes& bytes, const std::optional<Credentials>& required = kAnybody) {
    const auto all = socks_outcome_of(bytes, required);
    CHECK(all.reply == no);
    return all.refused;
  };
  CHECK(socks_outcome_of(socks4(80, {1, 2, 3, 4}, std::string(255, 'u'))).user == std::string(255, 'u'));
  CHECK(refused(socks4(80, {1, 2, 3, 4}, std::string(256, 'u'))) == "socks_user_too_long");
  CHECK(refused(Bytes{4, 1, 0, 80, 1, 2, 3, 4} + text(std::string(5000, 'u'))) == "socks_user_too_long");
  CHECK(refused(socks4(80, {0, 0, 0, 9}, "u") + text(std::string(5000, 'n'))) == "host_too_long");
  CHECK(refused(socks4(80, {0, 0, 0, 9}, "u") + Bytes{0}) == "host_empty");
  CHECK(refused(socks4(0, {1, 2, 3, 4}, "u")) == "destination_port");
  CHECK(refused(Bytes{4, 2} + port(80) + Bytes{1, 2, 3, 4, 0}) == "socks_command");
  CHECK(refused(socks4(80, {1, 2, 3, 4}, "alice"), kAlice) == "proxy_password_missing");
}

}  // namespace ferry::client
