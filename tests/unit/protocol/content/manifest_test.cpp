#include "protocol/content/manifest.hpp"

#include "protocol/base/pack.hpp"
#include "protocol/base/typed_data.hpp"
#include "protocol/content/geometry.hpp"
#include "tests/unit/protocol/base/code_of.hpp"

#include <doctest/doctest.h>

using namespace ferry;
using base::Bytes;
using base::Hash256;
using content::Manifest;
using content::unpack_manifest;

namespace {

template <typename Value>
Value filled(std::uint8_t byte) {
    Value value;
    value.data.fill(byte);
    return value;
}

/// Five of six chunks, as after a resumed download.
Manifest sample() {
    Manifest manifest;
    manifest.request = filled<base::RequestHash>(0x22);
    manifest.status = 200;
    manifest.headers = {{"content-type", "text/plain"}, {"etag", "\"v1\""}};
    manifest.length = 1'310'727;
    manifest.validator = "\"v1\"";
    manifest.root = filled<Hash256>(0x33);
    manifest.first_chunk = 1;
    manifest.chunk_count = 5;
    manifest.chunks_digest = filled<Hash256>(0x44);
    manifest.fetched_at = base::Time::from_seconds(1'763'600'000);
    manifest.expires_at = base::Time::from_seconds(1'763'603'600);
    return manifest;
}

/// What is known while a stream of unknown length begins.
Manifest stream_start() {
    Manifest manifest = sample();
    manifest.length.reset();
    manifest.root = {};
    manifest.first_chunk = manifest.chunk_count = 0;
    manifest.chunks_digest = {};
    return manifest;
}

std::string unpack_code(const Manifest& manifest) {
    return base::code_of(unpack_manifest(content::pack(manifest)));
}

Hash256 domain() {
    return base::domain_separator({199, filled<base::Address>(0x11)});
}

}  // namespace

TEST_CASE("manifest: the packed form is this one, byte for byte") {
    CHECK(base::to_hex(content::pack(sample())) ==
          "9bc4202222222222222222222222222222222222222222222222222222222222222222ccc89292ac636f6e74656e742d74"
          "797065"
          "aa746578742f706c61696e92a465746167a422763122ce00140007a422763122c420333333333333333333333333333333"
          "3333333333"
          "3333333333333333333333330105c4204444444444444444444444444444444444444444444444444444444444444444ce"
          "691e6680"
          "ce691e7490");
}

TEST_CASE("manifest: the digest is EIP-712's, by vectors of a separate program") {
    CHECK(domain().hex() == "c9849655495500cf11da4e3cfcf0889f81d60ba3778f1da5efa7c566054587cf");
    CHECK(content::manifest_digest(domain(), sample()).hex() ==
          "210ca02f9d503460d8ffc4502635d7362d1864202ec7cbf028361f13114dff5d");
    CHECK(content::manifest_digest(domain(), stream_start()).hex() ==
          "227b62afa238769d8b7919129e98284db260c97c4d747f8a7e6e475275dccc0a");
}

TEST_CASE("manifest: the digest changes with every field") {
    const auto digest = [](auto change) {
        Manifest manifest = sample();
        change(manifest);
        return content::manifest_digest(domain(), manifest);
    };
    const auto original = content::manifest_digest(domain(), sample());
    CHECK(digest([](Manifest&) {}) == original);
    CHECK(digest([](Manifest& m) { m.request.data[0] = 0; }) != original);
    CHECK(digest([](Manifest& m) { m.status = 206; }) != original);
    CHECK(digest([](Manifest& m) { m.headers[0].value = "text/html"; }) != original);
    CHECK(digest([](Manifest& m) { m.headers.pop_back(); }) != original);
    CHECK(digest([](Manifest& m) { m.length = 1'310'726; }) != original);
    CHECK(digest([](Manifest& m) { m.length.reset(); }) != original);
    CHECK(digest([](Manifest& m) { m.validator = "\"v2\""; }) != original);
    CHECK(digest([](Manifest& m) { m.root.data[31] = 0; }) != original);
    CHECK(digest([](Manifest& m) { m.first_chunk = 0; }) != original);
    CHECK(digest([](Manifest& m) { m.chunk_count = 4; }) != original);
    CHECK(digest([](Manifest& m) { m.chunks_digest.data[0] = 0; }) != original);
    CHECK(digest([](Manifest& m) { m.fetched_at.unix_ms += 1000; }) != original);
    CHECK(digest([](Manifest& m) { m.expires_at.unix_ms += 1000; }) != original);
    CHECK(content::manifest_digest(base::domain_separator({1, {}}), sample()) != original);
}

TEST_CASE("manifest: what is packed is unpacked unchanged") {
    CHECK(unpack_manifest(content::pack(sample())).value() == sample());
    CHECK(unpack_manifest(content::pack(stream_start())).value() == stream_start());
    Manifest empty = stream_start();
    empty.length = 0;
    CHECK(unpack_manifest(content::pack(empty)).value() == empty);
}

TEST_CASE("manifest: one is complete when length and root are known, or when the body is empty") {
    CHECK(sample().is_complete());
    CHECK_FALSE(stream_start().is_complete());
    Manifest manifest = stream_start();
    manifest.length = 1;
    CHECK_FALSE(manifest.is_complete());
    manifest.length = 0;
    CHECK(manifest.is_complete());
}

TEST_CASE("manifest: a packed one that ends anywhere, or goes on, is refused") {
    const Bytes packed = content::pack(sample());
    for (std::size_t size = 0; size < packed.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(unpack_manifest(base::ByteView{packed}.first(size)).has_value());
    }
    Bytes longer = packed;
    longer.push_back(0xc0);
    CHECK(base::code_of(unpack_manifest(longer)) == "pack_trailing");
}

TEST_CASE("manifest: headers up to their limits pass, one more is refused") {
    Manifest manifest = stream_start();
    manifest.headers.assign(Manifest::kMaxHeaders, {"a", "b"});
    CHECK(unpack_code(manifest) == "ok");
    manifest.headers.push_back({"a", "b"});
    CHECK(unpack_code(manifest) == "pack_limit");

    manifest.headers = {{"name", std::string(Manifest::kMaxHeaderBytes - 4, 'x')}};
    CHECK(unpack_code(manifest) == "ok");
    manifest.headers[0].value += 'x';
    CHECK(unpack_code(manifest) == "pack_limit");
    manifest.headers = {{"name", std::string(Manifest::kMaxHeaderBytes / 2, 'x')},
                        {"name", std::string(Manifest::kMaxHeaderBytes / 2 - 7, 'x')}};
    CHECK(unpack_code(manifest) == "pack_limit");
}

TEST_CASE("manifest: the largest allowed one keeps to the packed limit, a longer text is not even read") {
    Manifest manifest = sample();
    manifest.headers.assign(Manifest::kMaxHeaders, {std::string(256, 'n'), std::string(256, 'v')});
    manifest.validator = std::string(Manifest::kMaxValidatorBytes, 'v');
    manifest.length = content::kMaxBodyBytes;
    CHECK(content::pack(manifest).size() <= Manifest::kMaxPackedBytes);
    CHECK(unpack_code(manifest) == "ok");
    CHECK(base::code_of(unpack_manifest(Bytes(Manifest::kMaxPackedBytes + 1, 0x9b))) == "pack_limit");
    manifest.validator += 'v';
    CHECK(unpack_code(manifest) == "pack_limit");
}

TEST_CASE("manifest: header fields that no honest relay sends are refused") {
    const auto code_with = [](std::string name, std::string value) {
        Manifest manifest = sample();
        manifest.headers.push_back({std::move(name), std::move(value)});
        return unpack_code(manifest);
    };
    CHECK(code_with("x-fine", "tab\tinside, \xc3\xa9") == "ok");
    CHECK(code_with("x-empty", "") == "ok");
    CHECK(code_with("", "value") == "pack_value");
    CHECK(code_with("Content-Type", "upper case") == "pack_value");
    CHECK(code_with("with space", "value") == "pack_value");
    CHECK(code_with("x:y", "value") == "pack_value");
    CHECK(code_with("x-split", "a\r\nset-cookie: b") == "pack_value");
    CHECK(code_with("x-nul", std::string("a\0b", 3)) == "pack_value");
    CHECK(code_with("x-del", "\x7f") == "pack_value");
    CHECK(code_with("x-blank", " outer") == "pack_value");
    CHECK(code_with("x-blank", "outer\t") == "pack_value");
    CHECK(code_with("transfer-encoding", "chunked") == "pack_value");
    CHECK(code_with("connection", "close") == "pack_value");
}

TEST_CASE("manifest: values that contradict each other are refused") {
    const auto code_after = [](auto change) {
        Manifest manifest = sample();
        change(manifest);
        return unpack_code(manifest);
    };
    CHECK(code_after([](Manifest& m) { m.status = 199; }) == "pack_value");
    CHECK(code_after([](Manifest& m) { m.status = 999; }) == "ok");
    CHECK(code_after([](Manifest& m) { m.status = 1000; }) == "pack_limit");
    CHECK(code_after([](Manifest& m) { m.length = content::kMaxBodyBytes + 1; }) == "pack_limit");
    CHECK(code_after([](Manifest& m) { m.chunk_count = 6; }) == "pack_value");
    CHECK(code_after([](Manifest& m) { m.first_chunk = 2; }) == "pack_value");
    CHECK(code_after([](Manifest& m) { m.chunk_count = 0; }) == "pack_value");
    CHECK(code_after([](Manifest& m) { m.chunks_digest = {}; }) == "pack_value");
    CHECK(code_after([](Manifest& m) { m.length.reset(), m.first_chunk = content::kMaxChunks - 4; }) ==
          "pack_value");
    CHECK(code_after([](Manifest& m) { m.first_chunk = UINT64_MAX; }) == "pack_limit");
    CHECK(code_after([](Manifest& m) { m.validator = "\"a\nb\""; }) == "pack_value");
    CHECK(code_after([](Manifest& m) { m.fetched_at = base::Time::from_seconds(-1); }) == "pack_limit");
    CHECK(code_after([](Manifest& m) { m.expires_at = base::Time::from_seconds(253'402'300'800); }) ==
          "pack_limit");
    CHECK(code_after([](Manifest& m) {
              m.length = 0;
              m.first_chunk = m.chunk_count = 0;
              m.chunks_digest = {};
          }) == "pack_value");
}

TEST_CASE("manifest: other kinds of values in its places are refused") {
    base::PackWriter map_like;
    map_like.array(11).text("not a hash");
    CHECK(base::code_of(unpack_manifest(map_like.view())) == "pack_type");
    base::PackWriter short_array;
    short_array.array(10);
    CHECK_FALSE(unpack_manifest(short_array.view()).has_value());
    CHECK(base::code_of(unpack_manifest({})) == "pack_truncated");
}
