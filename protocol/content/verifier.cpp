#include "protocol/content/verifier.hpp"

#include "protocol/content/geometry.hpp"
#include "protocol/content/merkle.hpp"

#include <algorithm>

namespace ferry::content {

namespace {

using base::fail;
using base::Hash256;
using base::peer_fault;
using base::Result;

Result<void> refuse(std::string code, std::string message) {
    return fail(peer_fault(std::move(code), std::move(message)));
}

using HashMap = std::map<std::uint64_t, Hash256>;

Hash256 root_over(const HashMap& hashes) {
    RootBuilder builder;
    for (const auto& [index, hash] : hashes)
        builder.add(hash);
    return builder.root();
}

/// `count` hashes from `first` on, or nothing if one is missing.
std::optional<std::vector<Hash256>> run_of(const HashMap& hashes, std::uint64_t first, std::uint64_t count) {
    std::vector<Hash256> run;
    auto entry = hashes.lower_bound(first);
    for (std::uint64_t index = first; index < first + count; ++index, ++entry) {
        if (entry == hashes.end() || entry->first != index) return std::nullopt;
        run.push_back(entry->second);
    }
    return run;
}

/// What an earlier manifest knew stays. Headers may move (Date, Age).
Result<void> check_unchanged(const Manifest& earlier, const Manifest& later) {
    const auto changed = [](const std::string& what) {
        return refuse("manifest_changed",
                      "the " + what +
                          " is not the one promised before: the object changed at its origin, "
                          "start again without the chunks fetched so far");
    };
    if (later.status != earlier.status) return changed("status");
    if (!earlier.validator.empty() && later.validator != earlier.validator) return changed("validator");
    if (earlier.length && later.length != earlier.length) return changed("length");
    if (!earlier.root.is_zero() && later.root != earlier.root) return changed("root");
    return {};
}

std::string text_of_chunk(base::ChunkIndex index) {
    return "chunk " + std::to_string(index.value);
}

}  // namespace

std::string to_string(VerificationLevel level) {
    switch (level) {
        case VerificationLevel::relay:
            return "relay";
        case VerificationLevel::quorum:
            return "quorum";
        case VerificationLevel::origin_digest:
            return "origin-digest";
        case VerificationLevel::content_address:
            return "content-address";
    }
    return "relay";
}

BodyVerifier::BodyVerifier(Hash256 domain_separator, base::Address signer, base::RequestHash request,
                           std::optional<Hash256> expected_root)
    : domain_separator_(domain_separator),
      signer_(signer),
      request_(request),
      expected_root_(expected_root) {}

Result<void> BodyVerifier::add_manifest(const Manifest& manifest, const base::Signature& signature) {
    const base::Digest digest = manifest_digest(domain_separator_, manifest);
    if (const auto signed_by_relay = base::check_signature(digest, signature, signer_); !signed_by_relay) {
        return refuse("manifest_signature",
                      "the relay did not sign this manifest: " + signed_by_relay.error().message);
    }
    auto fits = check_agreement(manifest);
    if (fits) fits = check_extent(manifest);
    if (fits) fits = check_hashes(manifest);
    if (!fits) {
        refused_manifest_ = SignedManifest{manifest, signature};
        return fits;
    }
    manifest_ = manifest;
    signature_ = signature;
    return {};
}

Result<void> BodyVerifier::check_agreement(const Manifest& manifest) const {
    if (manifest.request != request_) {
        return refuse("manifest_other_request", "the manifest answers a request that was not made");
    }
    if (manifest_) FERRY_CHECK(check_unchanged(*manifest_, manifest));
    if (expected_root_ && !manifest.root.is_zero() && manifest.root != *expected_root_) {
        return refuse("manifest_root", "the relay offers another object than the root that was asked for");
    }
    return {};
}

/// The length against the chunks seen, and the covered chunks against the length.
Result<void> BodyVerifier::check_extent(const Manifest& manifest) const {
    const std::uint64_t total = manifest.length ? chunk_count(*manifest.length) : kMaxChunks;
    if (manifest.length) {
        const std::uint64_t length = *manifest.length;
        constexpr std::uint64_t kNodeBytes = 2 * Hash256::size();
        if (expected_root_ && length == kNodeBytes) {
            return fail(base::refusal("root_ambiguous",
                                      "a body of 64 bytes cannot be told from an inner node of a larger "
                                      "object with the same root: ask for it by its URL"));
        }
        const bool beyond = !known_.empty() && known_.rbegin()->first >= total;
        const bool agrees = seen_last_ ? length == seen_end_ : length >= seen_end_;
        if (length > kMaxBodyBytes || beyond || !agrees) {
            return refuse("manifest_length",
                          "a length of " + std::to_string(length) +
                              " bytes contradicts the chunks received so far or is above the limit");
        }
    }
    const bool outside = manifest.chunk_count > total || manifest.first_chunk > total - manifest.chunk_count;
    if (outside || (manifest.chunk_count == 0) != manifest.chunks_digest.is_zero()) {
        return refuse("manifest_chunks", "the manifest covers chunks that its body does not have");
    }
    return {};
}

/// The digest once every covered hash is known, the root once every hash is.
Result<void> BodyVerifier::check_hashes(const Manifest& manifest) const {
    const auto covered = run_of(known_, manifest.first_chunk, manifest.chunk_count);
    if (covered && digest_of(*covered) != manifest.chunks_digest) {
        return refuse("manifest_chunks", "the manifest was signed for other chunks than those received");
    }
    if (!manifest.length || known_.size() != chunk_count(*manifest.length)) return {};
    const Hash256 root = root_over(known_);
    const bool signed_other = manifest.root != root && !manifest.root.is_zero();
    if (signed_other || expected_root_.value_or(root) != root) {
        return refuse("manifest_root", "the chunks received do not give the root");
    }
    return {};
}

Result<void> BodyVerifier::add_hashes(base::ChunkIndex first, std::span<const Hash256> hashes) {
    const std::uint64_t total = chunk_limit();
    if (first.value > total || hashes.size() > total - first.value) {
        return refuse("hashes_range", "hashes were sent for chunks beyond the end of the body");
    }
    if (known_.size() - accepted_.size() + hashes.size() > kMaxHashesAhead) {
        return refuse("hashes_range",
                      "at most " + std::to_string(kMaxHashesAhead) + " hashes are taken ahead");
    }
    if (!learn(first, hashes)) {
        return refuse("hashes_root", "the chunk hashes contradict the manifest or each other");
    }
    return {};
}

Result<void> BodyVerifier::accept_chunk(base::ChunkIndex index, base::ByteView bytes,
                                        const Hash256& claimed) {
    FERRY_CHECK(check_chunk_place(index, bytes.size()));
    FERRY_CHECK(check_known(index, claimed));
    if (chunk_hash(index, bytes) != claimed) {
        return refuse("chunk_hash", text_of_chunk(index) + " does not have the hash that came with it");
    }
    return take(index, bytes.size(), claimed);
}

Result<void> BodyVerifier::accept_hash(base::ChunkIndex index, std::uint64_t bytes, const Hash256& claimed) {
    FERRY_CHECK(check_chunk_place(index, bytes));
    FERRY_CHECK(check_known(index, claimed));
    return take(index, bytes, claimed);
}

Result<void> BodyVerifier::check_known(base::ChunkIndex index, const Hash256& claimed) const {
    if (expected_root_ && !knows_all()) {
        return refuse("hashes_missing",
                      "the relay sends " + text_of_chunk(index) +
                          " without the hashes that show that it belongs to the root");
    }
    const auto known = known_.find(index.value);
    if (known != known_.end() && known->second != claimed) {
        return refuse("chunk_not_in_object", text_of_chunk(index) + " is not the one that was announced");
    }
    return {};
}

Result<void> BodyVerifier::take(base::ChunkIndex index, std::uint64_t bytes, const Hash256& claimed) {
    if (!learn(index, {&claimed, 1})) {
        return refuse("chunk_not_in_object",
                      "with " + text_of_chunk(index) +
                          " the body is complete but does not give its root: one of its chunks "
                          "belongs to another object");
    }
    accepted_.insert_or_assign(index.value, claimed);
    seen_end_ = std::max(seen_end_, chunk_offset(index) + bytes);
    seen_last_ = seen_last_ || bytes < kChunkBytes;
    return {};
}

Result<void> BodyVerifier::check_chunk_place(base::ChunkIndex index, std::uint64_t bytes) const {
    if (index.value >= chunk_limit()) {
        return refuse("chunk_index", text_of_chunk(index) + " lies beyond the end of the body");
    }
    const auto length = known_length();
    bool right_size = bytes > 0 && bytes <= kChunkBytes;
    if (length) {
        right_size = bytes == chunk_size(index, *length);
    } else if (bytes < kChunkBytes && !known_.empty()) {
        right_size = right_size && known_.rbegin()->first <= index.value;  // only the last chunk may be short
    }
    if (!right_size) {
        return refuse("chunk_size",
                      text_of_chunk(index) + " cannot have " + std::to_string(bytes) + " bytes");
    }
    return {};
}

bool BodyVerifier::adopt_chunk(base::ChunkIndex index, const Hash256& hash) {
    if (index.value >= chunk_limit() || !learn(index, {&hash, 1})) return false;
    accepted_.insert_or_assign(index.value, hash);
    return true;
}

bool BodyVerifier::knows_all() const {
    return manifest_ && manifest_->length && known_.size() == chunk_count(*manifest_->length);
}

std::optional<SignedManifest> BodyVerifier::signed_manifest() const {
    return manifest_ ? std::optional(SignedManifest{*manifest_, signature_}) : std::nullopt;
}

std::vector<Hash256> BodyVerifier::hashes(std::uint64_t first, std::uint64_t count) const {
    return run_of(known_, first, count).value_or(std::vector<Hash256>{});
}

bool BodyVerifier::has_all() const {
    return manifest_ && manifest_->length && accepted_.size() == chunk_count(*manifest_->length);
}

Hash256 BodyVerifier::root() const {
    return root_over(accepted_);
}

std::optional<std::uint64_t> BodyVerifier::known_length() const {
    if (manifest_ && manifest_->length) return manifest_->length;
    return seen_last_ ? std::optional{seen_end_} : std::nullopt;
}

/// Chunks that the body may have, as far as its length is known.
std::uint64_t BodyVerifier::chunk_limit() const {
    const auto length = known_length();
    return length ? chunk_count(*length) : kMaxChunks;
}

/// Takes hashes into known_, or none of them if they contradict anything.
bool BodyVerifier::learn(base::ChunkIndex first, std::span<const Hash256> hashes) {
    std::vector<HashMap::iterator> added;
    bool fits = true;
    for (std::uint64_t i = 0; fits && i < hashes.size(); ++i) {
        const auto [entry, is_new] = known_.try_emplace(first.value + i, hashes[i]);
        if (is_new) added.push_back(entry);
        fits = entry->second == hashes[i];
    }
    // Only the hash that completes the set can contradict the root, so a long body is hashed up once.
    if (fits && knows_all() && !added.empty()) fits = check_hashes(*manifest_).has_value();
    if (!fits) {
        for (const auto& entry : added)
            known_.erase(entry);
    }
    return fits;
}

}  // namespace ferry::content
