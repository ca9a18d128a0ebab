#pragma once
// A relay, honest unless a test bends it, for scripts against BodyVerifier: a body, its hashes, and manifests
// with signatures.

#include "protocol/content/geometry.hpp"
#include "protocol/content/merkle.hpp"
#include "protocol/content/verifier.hpp"
#include "tests/unit/protocol/base/code_of.hpp"
#include "tests/unit/protocol/content/tree_oracle.hpp"

#include <algorithm>
#include <string>

namespace ferry::content {

inline base::SecretKey key_of(std::uint8_t number) {
    base::Bytes secret(32, 0);
    secret.back() = number;
    return base::SecretKey::from_bytes(secret).value();
}

inline base::Hash256 test_domain() {
    return base::sha256(base::bytes_of("domain"));
}
inline base::RequestHash test_request() {
    return request_hash("GET", "http://example.org/", {});
}

struct SigningRelay {
    explicit SigningRelay(std::size_t length)
        : body(oracle::body_of(length)), hashes(oracle::chunk_hashes(body)) {}

    base::ByteView chunk(std::size_t index) const {
        const std::size_t offset = index * kChunkBytes;
        return base::ByteView{body}.subspan(offset, std::min(kChunkBytes, body.size() - offset));
    }

    /// What is known before a stream of unknown length.
    Manifest early() const {
        Manifest manifest;
        manifest.request = test_request();
        manifest.status = 200;
        manifest.headers = {{"content-type", "application/octet-stream"}};
        manifest.validator = "\"v1\"";
        manifest.fetched_at = manifest.expires_at = base::Time::from_seconds(1'763'600'000);
        return manifest;
    }
    Manifest with_length() const {
        Manifest manifest = early();
        manifest.length = body.size();
        return manifest;
    }
    /// Everything about chunks [first, end).
    Manifest complete(std::size_t first = 0) const {
        Manifest manifest = with_length();
        manifest.root = root_of(hashes);
        manifest.first_chunk = first;
        manifest.chunk_count = hashes.size() - first;
        manifest.chunks_digest = digest_of(std::span{hashes}.subspan(first));
        return manifest;
    }

    /// Sends a manifest; gives the error code, or "ok".
    std::string tell(BodyVerifier& client, const Manifest& manifest) const {
        return base::code_of(
            client.add_manifest(manifest, key.sign(manifest_digest(test_domain(), manifest))));
    }
    std::string announce(BodyVerifier& client, std::size_t first, std::size_t count) const {
        return base::code_of(
            client.add_hashes(base::ChunkIndex{first}, std::span{hashes}.subspan(first, count)));
    }
    std::string send(BodyVerifier& client, std::size_t index) const {
        return base::code_of(client.accept_chunk(base::ChunkIndex{index}, chunk(index), hashes[index]));
    }
    BodyVerifier client(std::optional<base::Hash256> expected_root = std::nullopt) const {
        return BodyVerifier(test_domain(), key.address(), test_request(), expected_root);
    }

    base::SecretKey key = key_of(7);
    base::Bytes body;
    std::vector<base::Hash256> hashes;
};

}  // namespace ferry::content
