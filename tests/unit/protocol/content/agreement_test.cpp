// Honest relays and every kind of liar, held against each other.

#include "protocol/content/agreement.hpp"

#include <doctest/doctest.h>

#include <random>

#include "tests/unit/protocol/content/signing_relay.hpp"

using namespace ferry;
using namespace ferry::content;
using base::ChunkIndex;

namespace {

constexpr base::Time kAsked = base::Time::from_seconds(1'763'600'000);

/// A relay among others: what it serves, and who is behind it.
struct Speaker {
    Speaker(std::uint8_t number, std::size_t length) : relay(length) {
        relay.key = key_of(number);
        family = "family" + std::to_string(number);
        manifest = relay.with_length();
    }
    Voice voice() const { return {relay.key.address(), family, network}; }
    const base::Address& address() const { return relay.key.address(); }
    SignedManifest word() const { return {manifest, relay.key.sign(manifest_digest(test_domain(), manifest))}; }
    std::string tell(Agreement& all) const { return base::code_of(all.hear(voice(), test_domain(), word())); }
    std::string tell_chunk(Agreement& all, std::size_t index) const {
        return base::code_of(all.hear_chunk(address(), ChunkIndex{index}, relay.hashes[index]));
    }
    /// All that it has to say.
    void speak(Agreement& all) const {
        CHECK(tell(all) == "ok");
        for (std::size_t i = 0; i < relay.hashes.size(); ++i)
            CHECK(tell_chunk(all, i) == "ok");
    }
    /// Serves another body under the same name.
    void corrupt(std::size_t at) {
        relay.body[at] ^= 1U;
        relay.hashes = oracle::chunk_hashes(relay.body);
    }

    SigningRelay relay;
    std::string family;
    std::string network;
    Manifest manifest;
};

constexpr std::size_t kLength = 2 * kChunkBytes + 9;

Agreement quorum_of(std::size_t wanted) { return Agreement(test_request(), wanted, kAsked); }

}  // namespace

TEST_CASE("agreement: two independent relays that say the same are enough for two, and not for three") {
    const Speaker one(1, kLength), two(2, kLength);
    for (const std::size_t wanted : {std::size_t{2}, std::size_t{3}}) {
        Agreement all = quorum_of(wanted);
        one.speak(all);
        CHECK(all.on_chunk(one.address(), ChunkIndex{0}).verdict == Verdict::open);
        two.speak(all);
        const auto expected = wanted == 2 ? Verdict::agreed : Verdict::open;
        const auto opinion = all.on_chunk(one.address(), ChunkIndex{0});
        CHECK(opinion.verdict == expected);
        CHECK(opinion.with == std::vector<base::Address>{one.address(), two.address()});
        CHECK(opinion.independent == 2);
        CHECK(all.on_whole(two.address()).verdict == expected);
    }
}

TEST_CASE("agreement: one operator with five relays is one voice, and so is one network") {
    Agreement all = quorum_of(2);
    for (std::uint8_t number = 1; number <= 5; ++number) {
        Speaker speaker(number, kLength);
        speaker.family = "one family";
        speaker.speak(all);
    }
    CHECK(all.on_chunk(key_of(1).address(), ChunkIndex{0}).verdict == Verdict::open);
    CHECK(all.on_chunk(key_of(1).address(), ChunkIndex{0}).with.size() == 5);
    CHECK(all.on_whole(key_of(1).address()).independent == 1);
    Speaker neighbour(6, kLength), far(7, kLength);
    neighbour.network = far.network = "192.0.2.0/24";
    Agreement near = quorum_of(2);
    neighbour.speak(near);
    far.speak(near);
    CHECK(near.on_chunk(far.address(), ChunkIndex{0}).verdict == Verdict::open);
}

TEST_CASE("agreement: one byte changed under the same name is a contradiction, and a third voice shows whose") {
    const Speaker honest(1, kLength), third(3, kLength);
    Speaker liar(2, kLength);
    liar.corrupt(kChunkBytes + 7);
    Agreement all = quorum_of(2);
    honest.speak(all);
    liar.speak(all);
    CHECK(all.on_chunk(honest.address(), ChunkIndex{0}).verdict == Verdict::agreed);
    const auto opinion = all.on_chunk(honest.address(), ChunkIndex{1});
    CHECK(opinion.verdict == Verdict::open);
    CHECK(opinion.against == std::vector<base::Address>{liar.address()});
    third.speak(all);
    CHECK(all.on_chunk(honest.address(), ChunkIndex{1}).verdict == Verdict::agreed);
    CHECK(all.on_chunk(liar.address(), ChunkIndex{1}).verdict == Verdict::outvoted);
    CHECK(all.on_chunk(liar.address(), ChunkIndex{1}).against.size() == 2);
    CHECK(all.on_chunk(liar.address(), ChunkIndex{1}).lied);
}

TEST_CASE("agreement: a false length contradicts before any chunk is there, truncation too") {
    const Speaker honest(1, kLength), third(3, kLength);
    for (const std::uint64_t length : {std::uint64_t{kLength + 1}, std::uint64_t{2 * kChunkBytes}, std::uint64_t{0}}) {
        Speaker liar(2, kLength);
        liar.manifest.length = length;
        Agreement all = quorum_of(2);
        CHECK(honest.tell(all) == "ok");
        CHECK(liar.tell(all) == "ok");
        CHECK(all.on_whole(liar.address()).against == std::vector<base::Address>{honest.address()});
        CHECK(all.on_whole(liar.address()).verdict == Verdict::open);
        third.speak(all);
        honest.speak(all);
        CHECK(all.on_whole(liar.address()).verdict == Verdict::outvoted);
        CHECK(all.on_whole(honest.address()).verdict == Verdict::agreed);
        // Nor does its length make right what it says of single chunks.
        CHECK(liar.tell_chunk(all, 0) == "ok");
        CHECK(all.on_chunk(liar.address(), ChunkIndex{0}).verdict == Verdict::outvoted);
    }
}

TEST_CASE("agreement: a length that only one has told is not agreed yet") {
    const Speaker early(1, kLength);
    Speaker late(2, kLength);
    late.manifest.length.reset();
    Agreement all = quorum_of(2);
    early.speak(all);
    late.speak(all);
    CHECK(all.on_chunk(early.address(), ChunkIndex{2}).verdict == Verdict::agreed);
    CHECK(all.on_whole(early.address()).verdict == Verdict::open);
    CHECK(all.on_whole(early.address()).against.empty());
    late.manifest.length = kLength;
    CHECK(late.tell(all) == "ok");
    CHECK(all.on_whole(early.address()).verdict == Verdict::agreed);
}

TEST_CASE("agreement: who contradicts one of two that agree is not outvoted by both") {
    // The third's length is not known yet: it says of chunk 0 what both say.
    Speaker honest(1, kLength), liar(2, kLength), third(3, kLength);
    liar.corrupt(kChunkBytes);
    liar.manifest.length = kLength + 1;
    third.manifest.length.reset();
    Agreement all = quorum_of(2);
    honest.speak(all);
    liar.speak(all);
    CHECK(all.on_chunk(liar.address(), ChunkIndex{0}).against.size() == 1);
    third.speak(all);
    CHECK(all.on_chunk(liar.address(), ChunkIndex{0}).verdict == Verdict::agreed);
    CHECK(all.on_chunk(honest.address(), ChunkIndex{0}).verdict == Verdict::agreed);
    CHECK(all.on_chunk(liar.address(), ChunkIndex{1}).lied);
    third.manifest.length = kLength;
    CHECK(third.tell(all) == "ok");
    CHECK(all.on_chunk(liar.address(), ChunkIndex{0}).lied);
    CHECK(all.on_whole(liar.address()).lied);
}

TEST_CASE("agreement: another root makes the whole contradict, and not the chunks that are the same") {
    Speaker honest(1, kLength), liar(2, kLength), third(3, kLength);
    liar.corrupt(kChunkBytes);
    for (auto* speaker : {&honest, &liar, &third}) speaker->manifest = speaker->relay.complete();
    Agreement all = quorum_of(2);
    for (const auto* speaker : {&honest, &liar, &third}) speaker->speak(all);
    CHECK(all.on_chunk(liar.address(), ChunkIndex{0}).verdict == Verdict::agreed);
    CHECK(all.on_chunk(liar.address(), ChunkIndex{0}).against.empty());
    CHECK(all.on_chunk(liar.address(), ChunkIndex{1}).lied);
    CHECK(all.on_whole(liar.address()).lied);
}

TEST_CASE("agreement: another URL, method or selecting header is another request") {
    for (const auto& request : {request_hash("GET", "http://example.org/other", {}), request_hash("HEAD", "http://example.org/", {}),
                                request_hash("GET", "http://example.org/", {{"accept-language", "de"}})}) {
        Speaker liar(1, kLength);
        liar.manifest.request = request;
        Agreement all = quorum_of(2);
        CHECK(liar.tell(all) == "manifest_other_request");
        CHECK(all.voices() == 0);
    }
}

TEST_CASE("agreement: what somebody else signed is nobody's word") {
    const Speaker one(1, kLength);
    Agreement all = quorum_of(2);
    CHECK(base::code_of(all.hear(Voice{key_of(2).address(), "", ""}, test_domain(), one.word())) == "manifest_signature");
    auto changed = one.word();
    changed.manifest.status = 404;
    CHECK(base::code_of(all.hear(one.voice(), test_domain(), changed)) == "manifest_signature");
    CHECK(base::code_of(all.hear(one.voice(), {}, one.word())) == "manifest_signature");
}

TEST_CASE("agreement: yesterday's version is stale by its own times") {
    Speaker replayer(1, kLength);
    const auto yesterday = kAsked - std::chrono::hours(24);
    replayer.manifest.fetched_at = yesterday;
    replayer.manifest.expires_at = yesterday + std::chrono::hours(1);
    Agreement all = quorum_of(2);
    CHECK(replayer.tell(all) == "manifest_stale");
    Agreement any_age(test_request(), 2, std::nullopt);
    CHECK(replayer.tell(any_age) == "ok");
    // Fetched long ago and still fresh is what a cache is for.
    replayer.manifest.expires_at = kAsked;
    CHECK(replayer.tell(all) == "ok");
    replayer.manifest.expires_at = kAsked - Agreement::kTolerance - base::Duration{1000};
    Agreement edge = quorum_of(2);
    CHECK(replayer.tell(edge) == "manifest_stale");
    replayer.manifest.expires_at = kAsked - Agreement::kTolerance;
    CHECK(replayer.tell(edge) == "ok");
}

TEST_CASE("agreement: an old version under new times is outvoted, and nobody is proved to lie") {
    const Speaker one(1, kLength), two(2, kLength);
    Speaker old(3, kLength - 1);
    old.manifest.validator = "\"v0\"";
    Agreement all = quorum_of(2);
    one.speak(all);
    two.speak(all);
    old.speak(all);
    const auto opinion = all.on_chunk(old.address(), ChunkIndex{0});
    CHECK(opinion.verdict == Verdict::outvoted);
    CHECK_FALSE(opinion.lied);
    CHECK(opinion.against.empty());
    CHECK(opinion.elsewhere.size() == 2);
    CHECK(all.on_chunk(one.address(), ChunkIndex{0}).verdict == Verdict::agreed);
}

TEST_CASE("agreement: relays that honestly differ stay open, and none is against another") {
    for (const bool has_validator : {false, true}) {
        Agreement all = quorum_of(2);
        for (std::uint8_t number = 1; number <= 4; ++number) {
            Speaker speaker(number, kLength);
            speaker.manifest.validator = has_validator ? "\"v" + std::to_string(number) + "\"" : "";
            speaker.corrupt(number);
            speaker.speak(all);
        }
        for (std::uint8_t number = 1; number <= 4; ++number) {
            const auto opinion = all.on_chunk(key_of(number).address(), ChunkIndex{0});
            CHECK(opinion.verdict == Verdict::open);
            CHECK(opinion.against.empty());
            CHECK(opinion.elsewhere.size() == 3);
        }
    }
}

TEST_CASE("agreement: bodies without a validator agree by their hashes") {
    Speaker one(1, kLength), two(2, kLength);
    one.manifest.validator = two.manifest.validator = "";
    Agreement all = quorum_of(2);
    one.speak(all);
    two.speak(all);
    CHECK(all.on_chunk(one.address(), ChunkIndex{2}).verdict == Verdict::agreed);
    CHECK(all.on_whole(one.address()).verdict == Verdict::agreed);
}

TEST_CASE("agreement: who contradicts its own signed word, or its own hash, is told from who does not") {
    Speaker liar(1, kLength);
    Agreement all = quorum_of(2);
    liar.speak(all);
    liar.manifest.length = kLength + 1;
    CHECK(liar.tell(all) == "manifest_changed");
    liar.corrupt(0);
    CHECK(liar.tell_chunk(all, 0) == "word_changed");
    CHECK(liar.tell_chunk(all, 1) == "ok");
    all.forget(liar.address());
    CHECK(all.voices() == 0);
    CHECK_FALSE(all.knows(liar.address(), ChunkIndex{0}));
}

TEST_CASE("agreement: two manifests contradict each other only where one of them must be false") {
    const SigningRelay relay(kLength), other(kLength - 9);
    const auto a = relay.complete();
    auto b = a;
    CHECK_FALSE(contradiction(a, b));
    b.headers.push_back({"age", "5"});
    b.fetched_at = b.fetched_at + std::chrono::seconds(5);
    CHECK_FALSE(contradiction(a, b));
    b.root = other.complete().root;
    CHECK(contradiction(a, b)->find("root") != std::string::npos);
    b.root = {};
    CHECK_FALSE(contradiction(a, b));
    b.chunks_digest = other.hashes[0];
    CHECK(contradiction(a, b)->find("chunks 0") != std::string::npos);
    b.chunk_count = 1;
    CHECK_FALSE(contradiction(a, b));
    b = a;
    b.length = 5;
    CHECK(contradiction(a, b)->find("length") != std::string::npos);
    b.validator = "\"v2\"";
    CHECK_FALSE(contradiction(a, b));
    b = relay.complete();
    b.length = 5;
    b.status = 404;
    CHECK_FALSE(contradiction(a, b));
    auto unnamed = relay.complete();
    auto also_unnamed = relay.complete();
    unnamed.validator = also_unnamed.validator = "";
    also_unnamed.length = 5;
    CHECK_FALSE(contradiction(unnamed, also_unnamed));
}

TEST_CASE("agreement: voices are bounded") {
    Agreement all = quorum_of(2);
    for (std::uint8_t number = 1; number <= Agreement::kMaxVoices; ++number)
        CHECK(Speaker(number, 1).tell(all) == "ok");
    CHECK(Speaker(99, 1).tell(all) == "too_many_voices");
    CHECK(Speaker(1, 1).tell(all) == "ok");
}

TEST_CASE("agreement: fewer liars than are wanted never make a lie agreed, nor an honest relay outvoted") {
    std::mt19937 random(20261126);
    const auto below = [&random](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
    const SigningRelay truth(kLength);
    for (int round = 0; round < 300; ++round) {
        const std::size_t wanted = 2 + below(3);
        const std::size_t liars = below(wanted);
        const std::size_t relays = liars + 1 + below(4);
        Agreement all = quorum_of(wanted);
        std::vector<Speaker> speakers;
        for (std::size_t i = 0; i < relays; ++i) {
            Speaker& speaker = speakers.emplace_back(static_cast<std::uint8_t>(i + 1), kLength);
            if (i >= liars) continue;
            // In league: half of them tell the same lie.
            const auto lie = below(2) == 0 ? 0 : i;
            if (below(2) == 0) speaker.corrupt(lie * 7 % kLength);
            if (below(3) == 0) speaker.manifest.length = kLength + 1 + lie;
            if (below(3) == 0) speaker.manifest.validator = "\"lie " + std::to_string(lie) + "\"";
            if (below(4) == 0) speaker.manifest.status = 404;
        }
        std::shuffle(speakers.begin(), speakers.end(), random);
        for (const auto& speaker : speakers) {
            if (below(6) != 0) speaker.speak(all);
        }
        for (const auto& speaker : speakers) {
            const bool is_true = speaker.relay.hashes == truth.hashes && speaker.manifest == truth.with_length();
            for (std::size_t i = 0; i < truth.hashes.size(); ++i) {
                const auto verdict = all.on_chunk(speaker.address(), ChunkIndex{i}).verdict;
                if (verdict == Verdict::agreed) CHECK(speaker.relay.hashes[i] == truth.hashes[i]);
                if (is_true) CHECK(verdict != Verdict::outvoted);
            }
            const auto whole = all.on_whole(speaker.address()).verdict;
            if (whole == Verdict::agreed) CHECK(speaker.manifest == truth.with_length());
            if (is_true) CHECK(whole != Verdict::outvoted);
        }
    }
}
