// What a record of evidence shows, and that nobody can make it show more.

#include "client/verify/evidence_record.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "protocol/content/merkle.hpp"
#include "protocol/content/root_url.hpp"

namespace ferry::client {

using content::Manifest;
using nlohmann::json;

namespace {

constexpr std::uint64_t kLength = 2 * 262'144;

struct Signer {
  explicit Signer(std::uint8_t number) : key(base::SecretKey::from_bytes(base::Bytes(32, number)).value()) {}

  EvidenceWord say(const Manifest& manifest, std::vector<base::Hash256> hashes = {}) const {
    const base::Domain ledger{199, key.address()};
    const auto signature = key.sign(content::manifest_digest(base::domain_separator(ledger), manifest));
    return {key.address(), ledger, {manifest, signature}, manifest.first_chunk, std::move(hashes)};
  }
  base::SecretKey key;
};

std::vector<base::Hash256> hashes(std::uint8_t fill) {
  std::vector<base::Hash256> list(2);
  list[0].data.fill(1);
  list[1].data.fill(fill);
  return list;
}

EvidenceRecord record() {
  EvidenceRecord made;
  made.method = "GET";
  made.url = "http://origin.test/file";
  made.headers = {{"accept-language", "de"}};
  made.code = "chunk_outvoted";
  made.message = "what \"it\" was";
  made.at = 1'800'000'000;
  return made;
}

Manifest manifest_of(const EvidenceRecord& about, const std::vector<base::Hash256>& chunks) {
  Manifest manifest;
  manifest.request = content::request_hash(about.method, about.url, about.headers);
  manifest.status = 200;
  manifest.validator = "\"v1\"";
  manifest.length = kLength;
  manifest.chunk_count = chunks.size();
  manifest.chunks_digest = content::digest_of(chunks);
  return manifest;
}

std::string code(const std::string& text) {
  const auto read = parse_evidence(text);
  return read ? "ok" : read.error().code;
}

}  // namespace

TEST_CASE("evidence: a record reads back as it was written") {
  auto written = record();
  written.accused = Signer(1).key.address();
  written.words.push_back(Signer(1).say(manifest_of(written, hashes(2)), hashes(2)));
  const auto text = to_json(written);
  const auto read = parse_evidence(text);
  REQUIRE(read.has_value());
  CHECK(to_json(*read) == text);
  CHECK(read->words[0].word.manifest == written.words[0].word.manifest);
  CHECK(read->words[0].hashes == written.words[0].hashes);
}

TEST_CASE("evidence: what is cut, changed or too much is no record") {
  auto written = record();
  written.words.push_back(Signer(1).say(manifest_of(written, hashes(2)), hashes(2)));
  const auto text = to_json(written);
  for (std::size_t cut = 0; cut < text.size(); cut += 7) CHECK(code(text.substr(0, cut)) == "evidence_format");
  const auto changed = [&](const std::function<void(json&)>& change) {
    auto object = json::parse(text);
    change(object);
    return code(object.dump());
  };
  CHECK(changed([](json&) {}) == "ok");
  CHECK(changed([](json& o) { o["ferry_evidence"] = 2; }) == "evidence_format");
  CHECK(changed([](json& o) { o["at"] = -1; }) == "evidence_format");
  CHECK(changed([](json& o) { o["words"][0]["manifest"] = "0xc1"; }) == "evidence_format");
  CHECK(changed([](json& o) { o["words"][0]["signature"] = "0x00"; }) == "evidence_format");
  CHECK(changed([](json& o) { o["words"][0]["hashes"][0] = "12"; }) == "evidence_format");
  CHECK(changed([](json& o) { o["words"][0]["relay"] = "nobody"; }) == "evidence_format");
  CHECK(changed([](json& o) { o["words"][0].erase("contract"); }) == "evidence_format");
  CHECK(changed([](json& o) { o["request"]["headers"] = json::array({json::array({"a"})}); }) == "evidence_format");
  CHECK(changed([](json& o) { o["words"] = json::array(); for (std::size_t i = 0; i <= EvidenceRecord::kMaxWords; ++i) o["words"].push_back(1); }) == "evidence_format");
  CHECK(code(std::string(EvidenceRecord::kMaxText + 1, ' ')) == "evidence_format");
  CHECK(code(std::string(1000, '[')) == "evidence_format");
}

TEST_CASE("evidence: one relay's two signed words that cannot both be true prove a lie") {
  auto about = record();
  const Signer liar(1);
  about.words = {liar.say(manifest_of(about, hashes(2)), hashes(2)), liar.say(manifest_of(about, hashes(3)), hashes(3))};
  const auto finding = examine(about);
  CHECK(finding.proves_a_lie());
  CHECK(finding.convicted == std::vector{liar.key.address()});
  CHECK(finding.statements.size() == 2);
  CHECK(finding.contradictions.size() == 1);
}

TEST_CASE("evidence: one against two is outvoted, which shows much and proves nothing by itself") {
  auto about = record();
  const Signer liar(1), honest(2), also(3);
  about.words = {liar.say(manifest_of(about, hashes(2)), hashes(2)), honest.say(manifest_of(about, hashes(3)), hashes(3)),
                 also.say(manifest_of(about, hashes(3)), hashes(3))};
  const auto finding = examine(about);
  CHECK_FALSE(finding.proves_a_lie());
  CHECK(finding.outvoted == std::vector{liar.key.address()});
  CHECK(finding.contradictions.size() == 2);
  about.words.pop_back();
  CHECK(examine(about).outvoted.empty());
}

TEST_CASE("evidence: overlapping runs contradict each other in the chunk that they share") {
  auto about = record();
  const Signer one(1), two(2);
  auto second = manifest_of(about, {hashes(5)[1]});
  second.first_chunk = 1;
  about.words = {one.say(manifest_of(about, hashes(2)), hashes(2)), two.say(second, {hashes(5)[1]})};
  CHECK(examine(about).contradictions[0].find("chunk 1") != std::string::npos);
  second = manifest_of(about, {hashes(2)[1]});
  second.first_chunk = 1;
  about.words[1] = two.say(second, {hashes(2)[1]});
  CHECK(examine(about).contradictions.empty());
}

TEST_CASE("evidence: hashes that no signature covers count for nothing") {
  auto about = record();
  const Signer framed(1), framer(2);
  auto bare = manifest_of(about, {});
  about.words = {framed.say(bare, hashes(9)), framer.say(manifest_of(about, hashes(2)), hashes(2))};
  const auto finding = examine(about);
  CHECK(finding.contradictions.empty());
  CHECK(finding.statements[0].find("2 hashes beside it are not signed") != std::string::npos);
}

TEST_CASE("evidence: a forged signature, or another request, convicts nobody") {
  auto about = record();
  const Signer framed(1), framer(2);
  auto forged = framer.say(manifest_of(about, hashes(3)), hashes(3));
  forged.relay = framed.key.address();
  about.words = {framed.say(manifest_of(about, hashes(2)), hashes(2)), forged};
  CHECK_FALSE(examine(about).proves_a_lie());
  CHECK(examine(about).statements[1].find("signature") != std::string::npos);
  auto elsewhere = about;
  elsewhere.url = "http://origin.test/other";
  about.words = {framed.say(manifest_of(about, hashes(2)), hashes(2)), framed.say(manifest_of(elsewhere, hashes(3)), hashes(3))};
  CHECK_FALSE(examine(about).proves_a_lie());
  CHECK(examine(about).statements[1].find("another request") != std::string::npos);
}

TEST_CASE("evidence: a manifest that contradicts itself, or the root that was asked for, is enough") {
  auto about = record();
  const Signer liar(1);
  auto manifest = manifest_of(about, hashes(2));
  manifest.root = content::root_of(hashes(3));
  about.words = {liar.say(manifest, hashes(2))};
  CHECK(examine(about).convicted == std::vector{liar.key.address()});
  about.headers.clear();
  about.url = content::root_url(content::root_of(hashes(2)));
  manifest = manifest_of(about, {});
  manifest.root = content::root_of(hashes(2));
  about.words = {liar.say(manifest)};
  CHECK_FALSE(examine(about).proves_a_lie());
  manifest.root = content::root_of(hashes(3));
  about.words = {liar.say(manifest)};
  CHECK(examine(about).proves_a_lie());
}

TEST_CASE("evidence: objects that differ by name contradict nobody") {
  auto about = record();
  auto other = manifest_of(about, hashes(3));
  other.validator = "\"v2\"";
  about.words = {Signer(1).say(manifest_of(about, hashes(2)), hashes(2)), Signer(2).say(other, hashes(3))};
  const auto finding = examine(about);
  CHECK(finding.contradictions.empty());
  CHECK(finding.outvoted.empty());
  CHECK(json::parse(to_json(finding))["proves_a_lie"] == false);
}

}  // namespace ferry::client
