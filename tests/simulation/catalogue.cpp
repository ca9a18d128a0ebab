#include "tests/simulation/catalogue.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "protocol/content/geometry.hpp"
#include "protocol/content/merkle.hpp"

namespace ferry::simulation {

namespace {

constexpr std::size_t kBlock = std::size_t{16} << 20U;
constexpr std::size_t kRoom = content::kChunkBytes + 64;  ///< behind it, for the last view
constexpr double kSpread = 1.5;                           ///< of the logarithm of sizes
constexpr double kLeast = 1024, kMost = 64.0 * 1024 * 1024;
const std::string kOrigin = "http://origin.example/";

}  // namespace

Catalogue::Catalogue(const Settings& settings, std::mt19937_64& random) : block_(kBlock + kRoom) {
  for (std::size_t i = 0; i + 8 <= block_.size(); i += 8) {
    const std::uint64_t word = random();
    std::memcpy(&block_[i], &word, 8);
  }
  // Box and Muller: the library's distributions differ between libraries.
  const auto uniform = [&random] { return (static_cast<double>(random() >> 11U) + 0.5) * 0x1p-53; };
  double sum = 0;
  for (std::uint32_t i = 0; i < settings.objects; ++i) {
    const double normal = std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::acos(-1.0) * uniform());
    Object object;
    object.length = static_cast<std::uint64_t>(std::clamp(settings.median_kib * 1024.0 * std::exp(kSpread * normal), kLeast, kMost));
    object.hashes.resize(content::chunk_count(object.length));
    objects_.push_back(std::move(object));
    popularity_.push_back(sum += std::pow(i + 1, -settings.zipf));
  }
}

ObjectNumber Catalogue::draw(double uniform) const {
  const auto place = std::lower_bound(popularity_.begin(), popularity_.end(), uniform * popularity_.back());
  return std::min(static_cast<std::size_t>(place - popularity_.begin()), popularity_.size() - 1);
}

base::ByteView Catalogue::view(ObjectNumber object, std::uint64_t index, std::size_t shift) const {
  const std::uint64_t mixed = (object * 0x9e3779b97f4a7c15ULL + index * 0xc2b2ae3d27d4eb4fULL) >> 20U;
  const auto size = content::chunk_size(base::ChunkIndex{index}, objects_[object].length);
  return base::ByteView{block_}.subspan((mixed % kBlock) / 8 * 8 + shift, size);
}

base::ByteView Catalogue::chunk(ObjectNumber object, std::uint64_t index) const { return view(object, index, 0); }

base::ByteView Catalogue::corrupt_chunk(ObjectNumber object, std::uint64_t index) const { return view(object, index, 1); }

const base::Hash256& Catalogue::hash(ObjectNumber object, std::uint64_t index) {
  auto& hash = objects_[object].hashes[index];
  if (hash.is_zero()) hash = content::chunk_hash(base::ChunkIndex{index}, chunk(object, index));
  return hash;
}

std::vector<base::Hash256> Catalogue::hashes(ObjectNumber object) {
  for (std::uint64_t i = 0; i < chunks(object); ++i) hash(object, i);
  return objects_[object].hashes;
}

base::Hash256 Catalogue::root(ObjectNumber object) {
  auto& root = objects_[object].root;
  if (root.is_zero()) root = content::root_of(hashes(object));
  return root;
}

std::string Catalogue::url(ObjectNumber object) { return kOrigin + std::to_string(object); }

ObjectNumber Catalogue::of_url(const std::string& url) { return std::stoul(url.substr(kOrigin.size())); }

}  // namespace ferry::simulation
