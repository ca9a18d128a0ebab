#include "relay/ops/identity.hpp"

#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "protocol/base/ip.hpp"
#include "protocol/wire/tls_engine.hpp"
#include "relay/exit/own_addresses.hpp"
#include "relay/ops/private_file.hpp"
#include "relay/ops/setting_text.hpp"

namespace ferry::relay {

using base::Result;

namespace {

/// Nobody checks the date of a self-signed certificate, but some library might.
constexpr int kCertificateDays = 3'650;

/// The file's content, made by `make` when there is none yet.
template <typename Make>
Result<std::string> load_or_create(const std::filesystem::path& path, Make make) {
  FERRY_TRY(auto existing, read_private_file(path));
  if (existing) return std::move(*existing);
  Result<std::string> content = make();
  FERRY_CHECK(content);
  FERRY_CHECK(create_private_file(path, *content));
  return content;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

Result<Certificate> with_pin(std::string chain_pem, std::string private_key_pem) {
  FERRY_TRY(auto pin, wire::public_key_pin(chain_pem));
  return Certificate{std::move(chain_pem), std::move(private_key_pem), std::move(pin)};
}

Result<Certificate> operators_certificate(const RelaySettings& settings) {
  std::ifstream file(settings.certificate_file, std::ios::binary);
  std::string chain{std::istreambuf_iterator<char>(file), {}};
  if (chain.empty()) {
    return base::fail(base::environment("certificate", "the certificate " + settings.certificate_file + " is empty or cannot be read"));
  }
  FERRY_TRY(auto key, read_private_file(settings.private_key_file));
  if (!key) return base::fail(base::environment("certificate", "there is no private key " + settings.private_key_file));
  return with_pin(std::move(chain), std::move(*key));
}

bool is_wildcard(const base::IpAddress& address) { return address.data == decltype(address.data){}; }

bool is_usable_from_outside(const base::IpAddress& address) {
  if (!address.is_v6) return address.data[0] != 127 && !is_wildcard(address);
  const bool link_local = address.data[0] == 0xfe && (address.data[1] & 0xc0U) == 0x80;
  const bool loopback = base::IpAddress::parse("::1") == address;
  return !link_local && !loopback && !is_wildcard(address);
}

/// An interface's address of the same family that others could dial.
base::IpAddress address_for(const base::IpAddress& listening) {
  if (!is_wildcard(listening)) return listening;
  if (const auto all = exit::interface_addresses()) {
    for (const auto& address : *all) {
      if (address.is_v6 == listening.is_v6 && is_usable_from_outside(address)) return address;
    }
  }
  return *base::IpAddress::parse(listening.is_v6 ? "::1" : "127.0.0.1");
}

}  // namespace

Result<base::SecretKey> load_identity(const DataDirectory& data) {
  auto made = [] { return Result<std::string>{base::to_hex(base::SecretKey::generate().secret_bytes()) + "\n"}; };
  FERRY_TRY(auto text, load_or_create(data.key(), made));
  auto key = base::SecretKey::from_hex(trimmed(text));
  base::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (!key) {
    return base::fail(base::environment("identity_key", data.key().string() + " holds no key (64 hexadecimal digits): put the right file back from a "
                                                                              "backup; without it, earnings in open channels are lost"));
  }
  return key;
}

Result<Certificate> load_certificate(const DataDirectory& data, const RelaySettings& settings, base::Time now) {
  if (!settings.certificate_file.empty()) return operators_certificate(settings);
  auto made = [now]() -> Result<std::string> {
    FERRY_TRY(const auto pair, wire::make_self_signed("ferry-relay", now.unix_seconds(), kCertificateDays));
    return pair.certificate_pem + pair.private_key_pem;
  };
  FERRY_TRY(auto both, load_or_create(data.certificate(), made));
  return with_pin(both, both);
}

Result<std::string> load_admin_token(const DataDirectory& data) {
  FERRY_TRY(const auto text, load_or_create(data.admin_token(), [] { return Result<std::string>{base::Hash256::random().hex() + "\n"}; }));
  const auto token = trimmed(text);
  constexpr std::size_t kShortest = 16;
  if (token.size() < kShortest) {
    return base::fail(base::environment("admin_token", data.admin_token().string() + " is too short to be a secret: delete it, and a new one is made"));
  }
  return std::string(token);
}

base::Result<void> keep_admin_address(const DataDirectory& data, const Endpoint& admin) {
  std::error_code ignored;
  std::filesystem::remove(data.admin_address(), ignored);
  return create_private_file(data.admin_address(), to_text(admin) + "\n");
}

std::string public_authority(const RelaySettings& settings, std::uint16_t port) {
  const auto& host = settings.public_host;
  if (!host.empty()) {
    const auto bare_v6 = base::IpAddress::parse(host);
    if (bare_v6 && bare_v6->is_v6) return "[" + host + "]:" + std::to_string(port);
    const bool has_port = host.starts_with('[') ? !host.ends_with(']') : host.find(':') != std::string::npos;
    return has_port ? host : host + ":" + std::to_string(port);
  }
  const auto listening = base::IpAddress::parse(settings.listen.host);
  return to_text(Endpoint{listening ? address_for(*listening).to_string() : settings.listen.host, port});
}

std::string relay_reference(const base::Address& relay, const std::string& authority) {
  return "ferry://" + relay.to_eip55() + "@" + authority;
}

}  // namespace ferry::relay
