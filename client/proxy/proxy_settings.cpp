#include "client/proxy/proxy_settings.hpp"

#include "client/proxy/local_destinations.hpp"

namespace ferry::client {

namespace {

bool is_loopback(const base::IpAddress& address) {
  const auto plain = unmapped(address);
  return plain.is_v6 ? plain.to_string() == "::1" : plain.data[0] == 127;
}

}  // namespace

base::Result<void> check(const ProxySettings& settings) {
  if (settings.listen.empty()) return base::fail(base::refusal("proxy_listen", "say where to listen, for example 127.0.0.1:1080"));
  if (settings.verify.level == content::VerificationLevel::content_address) {
    return base::fail(base::refusal("proxy_verify", "apps ask for URLs, which no content address verifies: use relay, quorum=2 (to 8), quorum=2,relay or origin-digest"));
  }
  const auto& password = settings.password;
  if (password && (password->user.empty() || password->password.empty())) {
    return base::fail(base::refusal("proxy_password", "a user and a password are needed, or neither"));
  }
  for (const auto& listen : settings.listen) {
    const auto* address = std::get_if<base::IpAddress>(&listen.host.value);
    if (address == nullptr) {
      return base::fail(base::refusal("proxy_listen", "'" + listen.host.to_string() + "' is no numeric address to listen on, such as 127.0.0.1"));
    }
    if (is_loopback(*address)) continue;
    if (!settings.allow_remote) {
      return base::fail(base::refusal("proxy_listen_remote", listen.to_string() + " can be reached by other machines, which would spend your money: allow that "
                                                                                  "explicitly and set a password, or listen on 127.0.0.1"));
    }
    if (!password) return base::fail(base::refusal("proxy_password", listen.to_string() + " can be reached by other machines: set a user and a password"));
  }
  return {};
}

}  // namespace ferry::client
