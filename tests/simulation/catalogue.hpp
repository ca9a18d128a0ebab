#pragma once
// Catalogue: what the origins have: objects, how often each is asked for, and their bytes, which are views into one block of random ones. Nobody
// holds bytes of his own, so a thousand caches with all their chunks cost nothing. A chunk is hashed once, when it is first asked for.

#include <random>
#include <string>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "tests/simulation/settings.hpp"

namespace ferry::simulation {

using ObjectNumber = std::size_t;

class Catalogue {
 public:
  static constexpr const char* kValidator = "\"1\"";  ///< of every object: nothing changes at its origin

  Catalogue(const Settings& settings, std::mt19937_64& random);

  /// By Zipf's law: the first is the one that is asked for most. `uniform`: from 0 to 1.
  ObjectNumber draw(double uniform) const;
  std::uint64_t length(ObjectNumber object) const { return objects_[object].length; }
  std::uint64_t chunks(ObjectNumber object) const { return objects_[object].hashes.size(); }
  base::ByteView chunk(ObjectNumber object, std::uint64_t index) const;
  /// As many bytes, and others.
  base::ByteView corrupt_chunk(ObjectNumber object, std::uint64_t index) const;
  const base::Hash256& hash(ObjectNumber object, std::uint64_t index);
  std::vector<base::Hash256> hashes(ObjectNumber object);
  base::Hash256 root(ObjectNumber object);

  static std::string url(ObjectNumber object);
  static ObjectNumber of_url(const std::string& url);

 private:
  struct Object {
    std::uint64_t length = 0;
    std::vector<base::Hash256> hashes;  ///< zero: not asked for yet
    base::Hash256 root;
  };
  base::ByteView view(ObjectNumber object, std::uint64_t index, std::size_t shift) const;

  std::vector<Object> objects_;
  std::vector<double> popularity_;  ///< cumulative
  base::Bytes block_;
};

}  // namespace ferry::simulation
