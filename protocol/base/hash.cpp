#include "protocol/base/hash.hpp"

#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>

namespace ferry::base {
namespace {

struct FreeMd {
  void operator()(EVP_MD* md) const { EVP_MD_free(md); }
};
struct FreeDigest {
  void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
};
using DigestState = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

/// OpenSSL fails here only without memory or without its default provider; a node without hashes cannot go on.
void must(bool ok) {
  if (ok) return;
  std::fputs("ferry: OpenSSL cannot compute SHA-256\n", stderr);
  std::abort();
}

/// Looked up once: a lookup costs more than hashing a block of 64 bytes.
const EVP_MD* algorithm() {
  static const std::unique_ptr<EVP_MD, FreeMd> md{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  must(md != nullptr);
  return md.get();
}

DigestState new_digest() {
  DigestState digest{EVP_MD_CTX_new()};
  must(digest != nullptr);
  return digest;
}

void start(EVP_MD_CTX* digest) { must(EVP_DigestInit_ex2(digest, algorithm(), nullptr) == 1); }

void feed(EVP_MD_CTX* digest, ByteView bytes) { must(EVP_DigestUpdate(digest, bytes.data(), bytes.size()) == 1); }

Hash256 end(EVP_MD_CTX* digest) {
  Hash256 out;
  must(EVP_DigestFinal_ex(digest, out.data.data(), nullptr) == 1);
  return out;
}

/// One per thread, reused: allocating it anew doubles the cost of a small hash.
EVP_MD_CTX* digest_of_this_thread() {
  thread_local const DigestState digest = new_digest();
  return digest.get();
}

}  // namespace

Hash256 sha256(ByteView bytes) { return sha256(bytes, {}); }

Hash256 sha256(ByteView first, ByteView second) {
  EVP_MD_CTX* digest = digest_of_this_thread();
  start(digest);
  feed(digest, first);
  feed(digest, second);
  return end(digest);
}

struct Sha256::State {
  DigestState digest = new_digest();
};

Sha256::Sha256() : state_(std::make_unique<State>()) { start(state_->digest.get()); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(ByteView bytes) { feed(state_->digest.get(), bytes); }

Hash256 Sha256::finish() { return end(state_->digest.get()); }

}  // namespace ferry::base
