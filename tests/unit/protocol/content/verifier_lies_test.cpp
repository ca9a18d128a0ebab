// What cheating or broken relays send to a BodyVerifier: each lie has its code, and nothing of it is kept.

#include "tests/unit/protocol/content/signing_relay.hpp"

#include <doctest/doctest.h>

using namespace ferry;
using base::ChunkIndex;
using base::code_of;
using content::BodyVerifier;
using content::Manifest;
using content::SigningRelay;

namespace {


/// A client that already has the complete manifest and all hashes.
BodyVerifier informed_client(const SigningRelay& relay) {
    BodyVerifier client = relay.client();
    REQUIRE(relay.tell(client, relay.complete()) == "ok");
    REQUIRE(relay.announce(client, 0, relay.hashes.size()) == "ok");
    return client;
}

}  // namespace

TEST_CASE(
    "verifier: a corrupt byte anywhere in a chunk is refused and the right bytes are accepted afterwards") {
    const SigningRelay relay(content::kChunkBytes + 20'000);
    BodyVerifier client = informed_client(relay);
    for (const std::size_t at : {std::size_t{0}, std::size_t{16'384}, std::size_t{200'000}, content::kChunkBytes - 1}) {
        CAPTURE(at);
        base::Bytes bytes(relay.chunk(0).begin(), relay.chunk(0).end());
        bytes[at] ^= 1U;
        CHECK(code_of(client.accept_chunk(ChunkIndex{0}, bytes, relay.hashes[0])) == "chunk_hash");
    }
    CHECK(client.chunks().empty());
    CHECK(relay.send(client, 0) == "ok");
}

TEST_CASE("verifier: a chunk under another's index is refused") {
    const SigningRelay relay(3 * content::kChunkBytes);
    BodyVerifier client = informed_client(relay);
    CHECK(code_of(client.accept_chunk(ChunkIndex{1}, relay.chunk(2), relay.hashes[2])) ==
          "chunk_not_in_object");
    CHECK(code_of(client.accept_chunk(ChunkIndex{1}, relay.chunk(2), relay.hashes[1])) == "chunk_hash");
    CHECK(code_of(client.accept_chunk(ChunkIndex{3}, relay.chunk(2), relay.hashes[2])) == "chunk_index");
    CHECK(code_of(client.accept_chunk(ChunkIndex{UINT64_MAX}, relay.chunk(2), relay.hashes[2])) ==
          "chunk_index");
    CHECK(client.chunks().empty());
}

TEST_CASE("verifier: a substituted chunk with its own right hash is refused when hashes are known") {
    const SigningRelay relay(2 * content::kChunkBytes);
    BodyVerifier client = informed_client(relay);
    const base::Bytes other(content::kChunkBytes, 0x5a);
    const auto hash = content::chunk_hash(ChunkIndex{0}, other);
    CHECK(code_of(client.accept_chunk(ChunkIndex{0}, other, hash)) == "chunk_not_in_object");
    // A wrong claim is refused as such, whatever the bytes are: they are not even hashed.
    CHECK(code_of(client.accept_chunk(ChunkIndex{0}, other, relay.hashes[1])) == "chunk_not_in_object");
    CHECK(client.chunks().empty());
}

TEST_CASE("verifier: a substituted chunk never completes a body whose root is known") {
    const SigningRelay relay(2 * content::kChunkBytes);
    const base::Bytes other(content::kChunkBytes, 0x5a);
    const auto hash = content::chunk_hash(ChunkIndex{0}, other);
    BodyVerifier client = relay.client();
    CHECK(relay.tell(client, relay.complete()) == "ok");
    CHECK(code_of(client.accept_chunk(ChunkIndex{0}, other, hash)) == "ok");
    CHECK(relay.send(client, 1) == "chunk_not_in_object");
    CHECK_FALSE(client.has_all());
    CHECK(client.chunks().size() == 1);
}

TEST_CASE("verifier: another chunk in the place of an accepted one is refused") {
    const SigningRelay relay(2 * content::kChunkBytes);
    BodyVerifier client = relay.client();
    CHECK(relay.send(client, 0) == "ok");
    CHECK(code_of(client.accept_chunk(ChunkIndex{0}, relay.chunk(1), relay.hashes[1])) ==
          "chunk_not_in_object");
    CHECK(client.chunks().at(0) == relay.hashes[0]);
}

TEST_CASE("verifier: a chunk of a wrong size is refused") {
    const SigningRelay relay(2 * content::kChunkBytes + 7);
    BodyVerifier client = informed_client(relay);
    const auto size_code = [&](std::size_t index, std::size_t size) {
        return code_of(client.accept_chunk(ChunkIndex{index}, base::Bytes(size), relay.hashes[index]));
    };
    CHECK(size_code(0, 0) == "chunk_size");
    CHECK(size_code(0, content::kChunkBytes - 1) == "chunk_size");
    CHECK(size_code(0, content::kChunkBytes + 1) == "chunk_size");
    CHECK(size_code(2, 6) == "chunk_size");
    CHECK(size_code(2, 8) == "chunk_size");
    CHECK(size_code(2, 7) == "chunk_hash");
}

TEST_CASE("verifier: in a stream of unknown length only the last chunk may be short") {
    const SigningRelay relay(2 * content::kChunkBytes + 7);
    const base::Bytes shorter(100, 1);
    BodyVerifier client = relay.client();
    CHECK(code_of(client.accept_chunk(ChunkIndex{0}, {}, {})) == "chunk_size");
    CHECK(code_of(client.accept_chunk(ChunkIndex{0}, base::Bytes(content::kChunkBytes + 1), {})) == "chunk_size");
    CHECK(relay.send(client, 1) == "ok");
    CHECK(code_of(client.accept_chunk(ChunkIndex{0}, shorter, {})) == "chunk_size");
    CHECK(relay.send(client, 2) == "ok");
    CHECK(code_of(client.accept_chunk(ChunkIndex{3}, relay.chunk(0), relay.hashes[0])) == "chunk_index");
    CHECK(code_of(client.accept_chunk(ChunkIndex{2}, shorter, relay.hashes[2])) == "chunk_size");
}

TEST_CASE("verifier: a manifest whose length contradicts the chunks received is refused") {
    const SigningRelay relay(2 * content::kChunkBytes + 7);
    for (const std::uint64_t length :
         {std::uint64_t{0}, std::uint64_t{content::kChunkBytes}, std::uint64_t{2 * content::kChunkBytes + 6},
          std::uint64_t{2 * content::kChunkBytes + 8}, std::uint64_t{3 * content::kChunkBytes}, UINT64_MAX}) {
        CAPTURE(length);
        BodyVerifier client = relay.client();
        CHECK(relay.send(client, 0) == "ok");
        CHECK(relay.send(client, 2) == "ok");
        Manifest lie = relay.early();
        lie.length = length;
        CHECK(relay.tell(client, lie) == "manifest_length");
        CHECK_FALSE(client.manifest().has_value());
        CHECK(relay.tell(client, relay.complete()) == "ok");
    }
}

TEST_CASE("verifier: a length that ends inside a whole chunk, or above the limit, is refused") {
    const SigningRelay relay(2 * content::kChunkBytes);
    BodyVerifier client = relay.client();
    Manifest lie = relay.early();
    lie.length = content::kMaxBodyBytes + 1;
    CHECK(relay.tell(client, lie) == "manifest_length");
    CHECK(relay.send(client, 1) == "ok");
    lie.length = 2 * content::kChunkBytes - 1;
    CHECK(relay.tell(client, lie) == "manifest_length");
}

TEST_CASE("verifier: a changed status, validator, length or root is another object") {
    const SigningRelay relay(2 * content::kChunkBytes);
    const auto code_after = [&](auto change) {
        BodyVerifier client = relay.client();
        REQUIRE(relay.tell(client, relay.complete()) == "ok");
        Manifest later = relay.complete();
        change(later);
        const std::string code = relay.tell(client, later);
        CHECK(client.manifest() == relay.complete());
        return code;
    };
    CHECK(code_after([](Manifest& m) { m.validator = "\"v2\""; }) == "manifest_changed");
    CHECK(code_after([](Manifest& m) { m.validator.clear(); }) == "manifest_changed");
    CHECK(code_after([](Manifest& m) { m.status = 404; }) == "manifest_changed");
    CHECK(code_after([](Manifest& m) { m.length = 2 * content::kChunkBytes + 1; }) == "manifest_changed");
    CHECK(code_after([](Manifest& m) { m.length.reset(); }) == "manifest_changed");
    CHECK(code_after([](Manifest& m) { m.root.data[0] ^= 1U; }) == "manifest_changed");
    CHECK(code_after([](Manifest& m) { m.root = {}; }) == "manifest_changed");
}

TEST_CASE("verifier: a manifest for another request is refused") {
    const SigningRelay relay(content::kChunkBytes);
    BodyVerifier client = relay.client();
    Manifest other = relay.complete();
    other.request = content::request_hash("GET", "http://example.org/other", {});
    CHECK(relay.tell(client, other) == "manifest_other_request");
    CHECK_FALSE(client.manifest().has_value());
}

TEST_CASE("verifier: a forged signature is refused before anything else is looked at") {
    const SigningRelay relay(content::kChunkBytes);
    BodyVerifier client = relay.client();
    const Manifest manifest = relay.complete();
    const auto digest = content::manifest_digest(content::test_domain(), manifest);
    const auto code_with = [&](const base::Signature& s) {
        return code_of(client.add_manifest(manifest, s));
    };

    CHECK(code_with(content::key_of(8).sign(digest)) == "manifest_signature");
    CHECK(code_with(base::Signature{}) == "manifest_signature");
    base::Signature bent = relay.key.sign(digest);
    bent.data[5] ^= 1U;
    CHECK(code_with(bent) == "manifest_signature");
    const auto elsewhere = content::manifest_digest(base::sha256({}), manifest);
    CHECK(code_with(relay.key.sign(elsewhere)) == "manifest_signature");
    CHECK(code_with(relay.key.sign(digest)) == "ok");
}

TEST_CASE("verifier: hashes that do not give the root are refused, all of the run") {
    const SigningRelay relay(3 * content::kChunkBytes);
    BodyVerifier client = relay.client();
    CHECK(relay.tell(client, relay.complete()) == "ok");
    auto hashes = relay.hashes;
    hashes[1].data[0] ^= 1U;
    CHECK(code_of(client.add_hashes(ChunkIndex{0}, hashes)) == "hashes_root");
    // Nothing of that run stayed: the right ones are no contradiction.
    CHECK(relay.announce(client, 0, 3) == "ok");
    CHECK(relay.send(client, 1) == "ok");
}

TEST_CASE("verifier: hashes that contradict earlier ones are refused") {
    const SigningRelay relay(4 * content::kChunkBytes);
    BodyVerifier client = relay.client();
    CHECK(relay.announce(client, 0, 2) == "ok");
    CHECK(code_of(client.add_hashes(ChunkIndex{1}, std::span{relay.hashes}.first(2))) == "hashes_root");
    CHECK(relay.announce(client, 1, 2) == "ok");
}

TEST_CASE("verifier: hashes beyond the body, or more than a client holds, are refused") {
    const SigningRelay relay(2 * content::kChunkBytes);
    const std::vector<base::Hash256> many(4);
    BodyVerifier unaware = relay.client();
    CHECK(code_of(unaware.add_hashes(ChunkIndex{UINT64_MAX}, many)) == "hashes_range");
    CHECK(code_of(unaware.add_hashes(ChunkIndex{content::kMaxChunks - 3}, many)) == "hashes_range");
    const std::vector<base::Hash256> flood(BodyVerifier::kMaxHashesAhead + 1);
    CHECK(code_of(unaware.add_hashes(ChunkIndex{0}, flood)) == "hashes_range");

    BodyVerifier client = relay.client();
    CHECK(relay.tell(client, relay.with_length()) == "ok");
    CHECK(code_of(client.add_hashes(ChunkIndex{0}, many)) == "hashes_range");
    CHECK(code_of(client.add_hashes(ChunkIndex{2}, std::span{many}.first(1))) == "hashes_range");
    CHECK(code_of(client.add_hashes(ChunkIndex{3}, {})) == "hashes_range");
}

TEST_CASE("verifier: a late manifest for other chunks or another root than those received is refused") {
    const SigningRelay relay(2 * content::kChunkBytes + 1);
    const auto code_after = [&](auto change) {
        BodyVerifier client = relay.client();
        for (std::size_t i = 0; i < 3; ++i)
            REQUIRE(relay.send(client, i) == "ok");
        Manifest late = relay.complete();
        change(late);
        const std::string code = relay.tell(client, late);
        CHECK_FALSE(client.has_all());
        return code;
    };
    CHECK(code_after([](Manifest& m) { m.root.data[9] ^= 1U; }) == "manifest_root");
    CHECK(code_after([](Manifest& m) { m.chunks_digest.data[9] ^= 1U; }) == "manifest_chunks");
    CHECK(code_after([](Manifest& m) { m.first_chunk = 1, m.chunk_count = 2; }) == "manifest_chunks");
    CHECK(code_after([](Manifest& m) { m.chunk_count = 0; }) == "manifest_chunks");
    CHECK(code_after([](Manifest& m) { m.chunk_count = 4; }) == "manifest_chunks");
    CHECK(code_after([](Manifest& m) { m.first_chunk = UINT64_MAX; }) == "manifest_chunks");
}

TEST_CASE("verifier: a signed digest of other chunks does not let the body complete") {
    const SigningRelay relay(2 * content::kChunkBytes);
    BodyVerifier client = relay.client();
    Manifest lie = relay.complete();
    lie.root = {};
    lie.chunks_digest.data[0] ^= 1U;
    CHECK(relay.tell(client, lie) == "ok");
    CHECK(relay.send(client, 0) == "ok");
    CHECK(relay.send(client, 1) == "chunk_not_in_object");
    CHECK_FALSE(client.has_all());
}

TEST_CASE("verifier: another object than the root that was asked for is refused") {
    const SigningRelay relay(content::kChunkBytes);
    BodyVerifier client = relay.client(base::sha256(base::bytes_of("another root")));
    CHECK(relay.tell(client, relay.complete()) == "manifest_root");
    CHECK(relay.tell(client, relay.with_length()) == "ok");
    CHECK(relay.announce(client, 0, 1) == "hashes_root");
    CHECK(relay.send(client, 0) == "hashes_missing");
    Manifest empty = relay.early();
    empty.length = 0;
    BodyVerifier other = relay.client(base::sha256({}));
    CHECK(relay.tell(other, empty) == "manifest_root");
}

TEST_CASE("verifier: by root, a wrong chunk is found at once, because all hashes come first") {
    const SigningRelay relay(3 * content::kChunkBytes);
    const SigningRelay other(3 * content::kChunkBytes - 1);
    BodyVerifier client = relay.client(content::root_of(relay.hashes));
    CHECK(relay.tell(client, relay.complete()) == "ok");
    CHECK(relay.send(client, 0) == "hashes_missing");
    CHECK(relay.announce(client, 0, 2) == "ok");
    CHECK(relay.send(client, 0) == "hashes_missing");
    CHECK(relay.announce(client, 2, 1) == "ok");
    CHECK(base::code_of(client.accept_chunk(ChunkIndex{2}, relay.chunk(2), other.hashes[2])) == "chunk_not_in_object");
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(relay.send(client, i) == "ok");
    CHECK(client.has_all());
}

TEST_CASE("verifier: by root, a body that could be an inner node of a larger tree is not taken for the object") {
    const SigningRelay large(2 * content::kChunkBytes);
    SigningRelay forger(64);
    std::copy_n(large.hashes[0].data.begin(), 32, forger.body.begin());
    std::copy_n(large.hashes[1].data.begin(), 32, forger.body.begin() + 32);
    forger.hashes = {content::chunk_hash(ChunkIndex{0}, forger.body)};
    CHECK(content::root_of(forger.hashes) == content::root_of(large.hashes));
    BodyVerifier client = forger.client(content::root_of(large.hashes));
    CHECK(forger.tell(client, forger.complete()) == "root_ambiguous");
}

TEST_CASE("verifier: a witness's hashes are held against all that its relay said") {
    const SigningRelay relay(2 * content::kChunkBytes + 5);
    BodyVerifier witness = relay.client();
    CHECK(relay.tell(witness, relay.with_length()) == "ok");
    CHECK(base::code_of(witness.accept_hash(ChunkIndex{0}, 5, relay.hashes[0])) == "chunk_size");
    CHECK(base::code_of(witness.accept_hash(ChunkIndex{3}, 5, relay.hashes[0])) == "chunk_index");
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(base::code_of(witness.accept_hash(ChunkIndex{i}, relay.chunk(i).size(), relay.hashes[i])) == "ok");
    CHECK(base::code_of(witness.accept_hash(ChunkIndex{0}, content::kChunkBytes, relay.hashes[1])) == "chunk_not_in_object");
    CHECK(relay.tell(witness, relay.complete()) == "ok");
    CHECK(witness.signed_manifest()->manifest == relay.complete());
    Manifest lie = relay.complete();
    lie.root = relay.hashes[0];
    CHECK(relay.tell(witness, lie) == "manifest_changed");
    CHECK(witness.refused_manifest()->manifest == lie);
    CHECK(witness.hashes(1, 2) == std::vector<base::Hash256>{relay.hashes[1], relay.hashes[2]});
    CHECK(witness.hashes(1, 3).empty());
}

TEST_CASE("verifier: every refusal is a fault of the peer and says what happened") {
    const SigningRelay relay(content::kChunkBytes);
    BodyVerifier client = informed_client(relay);
    const auto refused = client.accept_chunk(ChunkIndex{0}, base::Bytes(content::kChunkBytes), relay.hashes[0]);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == base::ErrorKind::peer_fault);
    CHECK(refused.error().message == "chunk 0 does not have the hash that came with it");
}
