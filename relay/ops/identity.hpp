#pragma once
// Who the relay is: its key, from which its address and its name for clients follow, and the certificate of its TLS port. Made on the first
// start, read ever after.

#include <cstdint>
#include <string>

#include "protocol/base/address.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "relay/ops/data_directory.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

/// Errors: environment "private_file…", "identity_key" (the file holds no key).
base::Result<base::SecretKey> load_identity(const DataDirectory& data);

struct Certificate {
  std::string chain_pem, private_key_pem;
  std::string pin;  ///< "sha256//BASE64" of its public key
};

/// The operator's own files where the settings name them, else a self-signed one kept in the data directory for good: other relays may have
/// pinned its key, and clients do not look at it, since the relay's identity key proves who answers.
/// Errors: environment "private_file…", "certificate" and those of the wire layer.
base::Result<Certificate> load_certificate(const DataDirectory& data, const RelaySettings& settings, base::Time now);

/// A secret text for the API, made on the first start. Errors: environment "private_file…".
base::Result<std::string> load_admin_token(const DataDirectory& data);

/// Says where the admin API is, for the program's commands that look into the same directory. Error: environment "private_file".
base::Result<void> keep_admin_address(const DataDirectory& data, const Endpoint& admin);

/// "host:port" that clients dial: what the settings say, else the listening address, else, where that is a wildcard, an address of this machine.
std::string public_authority(const RelaySettings& settings, std::uint16_t port);

/// "ferry://0x…@host:port"
std::string relay_reference(const base::Address& relay, const std::string& authority);

}  // namespace ferry::relay
