#pragma once
// DescriptorBook: the current descriptor of each relay that was heard of, in a bounded place. Sequence numbers never go back, old ones age out, and a
// flood from one network displaces only what came from there. Used by relays (those they have met) and by clients (those they were told of).
// Threads: none; one owner.

#include <map>
#include <string>
#include <vector>

#include "protocol/discovery/signed_descriptor.hpp"

namespace ferry::discovery {

/// What a flood would have much of: the /24 or /48 of an address, the last two labels of a name.
std::string network_of(const base::Host& host);

/// A relay's place in a draw by lot; the lowest are drawn. It depends on nothing but the two, so one relay more displaces one at most.
std::uint64_t drawn_rank(std::uint64_t draw, const base::Address& relay);

class DescriptorBook {
 public:
  explicit DescriptorBook(std::size_t limit) : limit_(limit) {}

  enum class News { nothing, newer, unknown_before };
  /// Errors: those of check_current(); refusal "descriptor_back" (an older sequence number than was seen), "descriptor_twice" (the same number
  /// with another content).
  base::Result<News> add(SignedDescriptor descriptor, base::Time now);
  void remove(const base::Address& relay) { entries_.erase(relay); }
  void forget_old(base::Time now);

  /// Null when there is none. Lifetime: until the next call that is not const.
  const SignedDescriptor* find(const base::Address& relay) const;
  std::size_t size() const { return entries_.size(); }
  /// By address.
  std::vector<const SignedDescriptor*> all() const;
  /// At most `limit` of a region (empty: any), networks taking turns, in the order of drawn_rank(). Old ones are left out.
  std::vector<const SignedDescriptor*> pick(const std::string& region, std::size_t limit, std::uint64_t draw, base::Time now) const;

 private:
  void make_room();

  std::size_t limit_;
  std::map<base::Address, SignedDescriptor> entries_;
};

}  // namespace ferry::discovery
