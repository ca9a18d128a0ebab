#include <string_view>

#include "protocol/base/hash.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::wire {
namespace {

// Different texts, neither a prefix of the other; what follows has a fixed length. So no proof can pass for the other kind.
constexpr std::string_view kRelayDomain = "ferry.1 relay identity";
constexpr std::string_view kClientDomain = "ferry.1 client identity";

class Preimage {
 public:
  explicit Preimage(std::string_view domain) { add(base::bytes_of(domain)); }
  Preimage& add(base::ByteView part) {
    bytes_.insert(bytes_.end(), part.begin(), part.end());
    return *this;
  }
  base::Digest digest() const { return base::Digest{base::keccak256(bytes_).data}; }

 private:
  base::Bytes bytes_;
};

}  // namespace

base::Digest relay_proof_digest(const Exporter& exporter, const base::Address& relay) {
  return Preimage{kRelayDomain}.add(relay.view()).add(exporter.view()).digest();
}

base::Digest client_proof_digest(const Exporter& exporter, const base::Address& relay, const base::Address& key) {
  return Preimage{kClientDomain}.add(relay.view()).add(key.view()).add(exporter.view()).digest();
}

}  // namespace ferry::wire
