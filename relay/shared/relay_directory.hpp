#pragma once
// RelayDirectory: the relays that this one has met, and its own descriptor: what workers tell to clients and relay/discovery adds to.

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "protocol/discovery/descriptor_book.hpp"

namespace ferry::relay {

/// Threads: any.
class RelayDirectory {
 public:
  /// 4 MB at most.
  static constexpr std::size_t kMaxRelays = 4096;

  /// This relay's word about itself; the newest takes the place of the one before.
  void set_own(ferry::discovery::SignedDescriptor own);
  std::optional<ferry::discovery::SignedDescriptor> own() const;

  /// Another relay's. Errors: those of DescriptorBook::add(); refusal "descriptor_own" (it is this relay).
  base::Result<ferry::discovery::DescriptorBook::News> learn(ferry::discovery::SignedDescriptor descriptor, base::Time now);
  void forget_old(base::Time now);
  std::size_t size() const;

  /// Signed descriptors to pass on, at most `limit`: this relay's own first, then a choice of the others, anew each time.
  std::vector<base::Bytes> pick(const std::string& region, std::size_t limit, base::Time now) const;
  /// That of one relay, itself included.
  std::optional<base::Bytes> find(const base::Address& relay) const;
  /// Item keys of relays whose descriptors were issued before then, at most `limit`.
  std::vector<ferry::discovery::ItemKey> issued_before(base::Time then, std::size_t limit) const;

 private:
  mutable std::mutex mutex_;
  std::optional<ferry::discovery::SignedDescriptor> own_;
  ferry::discovery::DescriptorBook book_{kMaxRelays};
};

}  // namespace ferry::relay
