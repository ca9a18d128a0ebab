#include "relay/serve/withdraw_delay.hpp"

#include <doctest/doctest.h>

using namespace ferry;

TEST_CASE("withdraw delay: a channel leaves the relay at least the time that it asks for") {
  channels::ChannelConfig config;
  config.withdraw_delay = 900;
  CHECK(relay::check_withdraw_delay(config, 899));
  CHECK(relay::check_withdraw_delay(config, 900));
  const auto refused = relay::check_withdraw_delay(config, 901);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == base::ErrorKind::refusal);
  CHECK(refused.error().code == "channel_delay_short");
  CHECK(refused.error().message.find("900 s after that was asked for, and this relay wants 901 s") != std::string::npos);
}
