#pragma once
// OwnDescriptor: this relay's word about itself, issued anew from time to time. Its number is durable before anybody sees it, so it never goes back.

#include <filesystem>
#include <string>

#include "protocol/base/key.hpp"
#include "protocol/discovery/signed_descriptor.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay::discovery {

class OwnDescriptor {
 public:
  struct Facts {
    std::string authority;        ///< "host:port" that clients dial
    base::Hash256 policy_hash;
    std::string software;
    base::Time started;
    ferry::discovery::ItemKey item_key;
  };

  /// Lifetime: `identity` and `settings` outlive this. Errors: those of base::Host for an authority that is none; refusal "descriptor_setting" (a
  /// text that is too long, or not printable ASCII).
  static base::Result<OwnDescriptor> make(const base::SecretKey& identity, const RelaySettings& settings, Facts facts, std::filesystem::path number_file);

  /// Errors: environment "private_file", "descriptor_number" (the file holds none).
  base::Result<ferry::discovery::SignedDescriptor> issue(base::Time now);

  const ferry::discovery::Descriptor& draft() const { return draft_; }

 private:
  OwnDescriptor(const base::SecretKey& identity, ferry::discovery::Descriptor draft, std::filesystem::path number_file)
      : identity_(&identity), draft_(std::move(draft)), number_file_(std::move(number_file)) {}

  const base::SecretKey* identity_;
  ferry::discovery::Descriptor draft_;
  std::filesystem::path number_file_;
};

}  // namespace ferry::relay::discovery
