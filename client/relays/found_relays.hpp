#pragma once
// FoundRelays: relays that others told of, each by its own signed descriptor: verified, the newest of each, bounded, kept in the data directory over
// restarts. Who told of them is not believed in anything. Threads: the loop's, after load().

#include <filesystem>
#include <optional>
#include <vector>

#include "client/announcer.hpp"
#include "client/loop/loop.hpp"
#include "client/transport/relay_reference.hpp"
#include "protocol/discovery/descriptor_book.hpp"

namespace ferry::client {

class FoundRelays {
 public:
  /// The file has twice a kilobyte for each.
  static constexpr std::size_t kMaxRelays = 512;

  FoundRelays(Loop& loop, std::filesystem::path file, Announcer announcer, Clock clock);
  FoundRelays(const FoundRelays&) = delete;
  FoundRelays& operator=(const FoundRelays&) = delete;

  /// A file that cannot be read is as good as none. Before the loop knows this.
  void load();
  /// What a relay told. Errors: those of SignedDescriptor::read() and DescriptorBook::add().
  base::Result<discovery::DescriptorBook::News> learn(base::ByteView signed_descriptor);
  /// Writes what was learned, if anything was.
  void save();

  /// nullopt when there is none that is current.
  std::optional<discovery::Descriptor> find(const base::Address& relay) const;
  /// Where it says that it is; nullopt as for find().
  std::optional<RelayReference> reference(const base::Address& relay) const;
  /// At most `limit`, networks taking turns; the same choice as long as this client runs and nothing is learned.
  std::vector<RelayReference> some(std::size_t limit) const;
  std::size_t size() const { return book_.size(); }

 private:
  Loop& loop_;
  std::filesystem::path file_;
  Announcer announcer_;
  Clock clock_;
  discovery::DescriptorBook book_{kMaxRelays};
  std::uint64_t draw_;
  /// Every fetch and tunnel asks, and going through all takes longer than opening one of those should.
  struct Drawn {
    std::size_t limit = 0;
    base::Time at;
    std::vector<RelayReference> relays;
  };
  static constexpr base::Duration kDrawnFor{60'000};
  mutable std::optional<Drawn> drawn_;
  bool saving_ = false;
  bool changed_ = false;
};

}  // namespace ferry::client
