#include "protocol/content/verifier.hpp"

#include "tests/unit/protocol/content/signing_relay.hpp"

#include <doctest/doctest.h>

using namespace ferry;
using base::ChunkIndex;
using content::BodyVerifier;
using content::SigningRelay;

namespace {

constexpr std::size_t kChunk = content::kChunkBytes;

}  // namespace

TEST_CASE("verifier: a complete manifest, its hashes and its chunks are accepted") {
    const SigningRelay relay(2 * kChunk + 7);
    BodyVerifier client = relay.client();
    CHECK(relay.tell(client, relay.complete()) == "ok");
    CHECK(relay.announce(client, 0, 3) == "ok");
    CHECK_FALSE(client.has_all());
    for (const std::size_t index : {2U, 0U, 1U})
        CHECK(relay.send(client, index) == "ok");
    CHECK(client.has_all());
    CHECK(client.root() == content::oracle::root(relay.body));
    CHECK(client.manifest() == relay.complete());
    CHECK(client.chunks().size() == 3);
}

TEST_CASE("verifier: a stream whose length and root are told at its end is accepted") {
    for (const std::size_t length : {std::size_t{1}, kChunk - 1, kChunk, kChunk + 1, 3 * kChunk}) {
        CAPTURE(length);
        const SigningRelay relay(length);
        BodyVerifier client = relay.client();
        CHECK(relay.tell(client, relay.early()) == "ok");
        for (std::size_t i = 0; i < relay.hashes.size(); ++i)
            CHECK(relay.send(client, i) == "ok");
        CHECK_FALSE(client.has_all());
        CHECK(relay.tell(client, relay.complete()) == "ok");
        CHECK(client.has_all());
        CHECK(client.root() == content::oracle::root(relay.body));
    }
}

TEST_CASE("verifier: chunks are checked before any manifest came") {
    const SigningRelay relay(2 * kChunk);
    BodyVerifier client = relay.client();
    CHECK(relay.send(client, 0) == "ok");
    CHECK_FALSE(client.has_all());
    CHECK(relay.tell(client, relay.complete()) == "ok");
    CHECK(relay.send(client, 1) == "ok");
    CHECK(client.has_all());
}

TEST_CASE("verifier: what a stream learns later may be added, what it knew stays") {
    const SigningRelay relay(kChunk + 5);
    BodyVerifier client = relay.client();
    content::Manifest first = relay.early();
    first.validator.clear();
    CHECK(relay.tell(client, first) == "ok");
    CHECK(relay.tell(client, relay.with_length()) == "ok");
    CHECK(relay.tell(client, relay.complete()) == "ok");
    CHECK(relay.tell(client, relay.complete()) == "ok");
    content::Manifest aged = relay.complete();
    aged.headers.push_back({"age", "7"});
    CHECK(relay.tell(client, aged) == "ok");
    CHECK(client.manifest() == aged);
}

TEST_CASE("verifier: an empty body is whole once its length is known") {
    const SigningRelay relay(0);
    BodyVerifier client = relay.client();
    CHECK(relay.tell(client, relay.early()) == "ok");
    CHECK_FALSE(client.has_all());
    CHECK(relay.tell(client, relay.with_length()) == "ok");
    CHECK(client.has_all());
    CHECK(client.root().is_zero());
}

TEST_CASE("verifier: a resumed body is whole with the chunks that were adopted") {
    const SigningRelay relay(4 * kChunk + 9);
    BodyVerifier client = relay.client();
    for (const std::size_t i : {0U, 1U, 3U})
        client.adopt_chunk(ChunkIndex{i}, relay.hashes[i]);
    CHECK(relay.tell(client, relay.complete()) == "ok");
    CHECK(relay.send(client, 2) == "ok");
    CHECK(relay.send(client, 4) == "ok");
    CHECK(client.has_all());
    CHECK(client.root() == content::oracle::root(relay.body));
}

TEST_CASE("verifier: a resumed stream is whole when a late manifest covers the chunks that were sent") {
    const SigningRelay relay(3 * kChunk + 1);
    BodyVerifier client = relay.client();
    client.adopt_chunk(ChunkIndex{0}, relay.hashes[0]);
    client.adopt_chunk(ChunkIndex{1}, relay.hashes[1]);
    CHECK(relay.tell(client, relay.with_length()) == "ok");
    CHECK(relay.send(client, 2) == "ok");
    CHECK(relay.send(client, 3) == "ok");
    CHECK(relay.tell(client, relay.complete(2)) == "ok");
    CHECK(client.has_all());
}

TEST_CASE("verifier: an adopted chunk that is not in the object is left out, so that it is fetched again") {
    const SigningRelay relay(2 * kChunk);
    BodyVerifier client = relay.client();
    CHECK(relay.tell(client, relay.complete()) == "ok");
    CHECK(relay.announce(client, 0, 2) == "ok");
    client.adopt_chunk(ChunkIndex{0}, relay.hashes[1]);
    client.adopt_chunk(ChunkIndex{2}, relay.hashes[1]);
    client.adopt_chunk(ChunkIndex{UINT64_MAX}, relay.hashes[1]);
    CHECK(client.chunks().empty());
    client.adopt_chunk(ChunkIndex{1}, relay.hashes[1]);
    CHECK(client.chunks().size() == 1);
    CHECK(relay.send(client, 0) == "ok");
    CHECK(client.has_all());
}

TEST_CASE("verifier: the same chunk again changes nothing") {
    const SigningRelay relay(kChunk + 3);
    BodyVerifier client = relay.client();
    for (int i = 0; i < 2; ++i) {
        CHECK(relay.send(client, 1) == "ok");
        CHECK(relay.send(client, 0) == "ok");
    }
    CHECK(client.chunks().size() == 2);
    CHECK(relay.tell(client, relay.complete()) == "ok");
    CHECK(relay.send(client, 0) == "ok");
    CHECK(client.has_all());
}

TEST_CASE("verifier: a body asked for by its root is accepted once its hashes give the root") {
    const SigningRelay relay(2 * kChunk + 1);
    BodyVerifier client = relay.client(content::oracle::root(relay.body));
    CHECK(relay.tell(client, relay.with_length()) == "ok");
    CHECK(relay.announce(client, 0, 3) == "ok");
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(relay.send(client, i) == "ok");
    CHECK(client.has_all());
    CHECK(relay.tell(client, relay.complete()) == "ok");
}

TEST_CASE("verifier: hashes come in runs of any size and overlap") {
    const SigningRelay relay(5 * kChunk);
    BodyVerifier client = relay.client();
    CHECK(relay.tell(client, relay.complete()) == "ok");
    CHECK(relay.announce(client, 3, 2) == "ok");
    CHECK(relay.announce(client, 0, 0) == "ok");
    CHECK(relay.send(client, 1) == "ok");
    CHECK(relay.announce(client, 0, 4) == "ok");
    CHECK(relay.announce(client, 0, 5) == "ok");
    CHECK(client.chunks().size() == 1);
}

TEST_CASE("verifier: levels have the names that users see") {
    using content::VerificationLevel;
    CHECK(to_string(VerificationLevel::relay) == "relay");
    CHECK(to_string(VerificationLevel::quorum) == "quorum");
    CHECK(to_string(VerificationLevel::origin_digest) == "origin-digest");
    CHECK(to_string(VerificationLevel::content_address) == "content-address");
    CHECK(VerificationLevel::relay < VerificationLevel::content_address);
}
