// check_vouchers: what checking a voucher costs without a relay: libsecp256k1 alone, and with the typed data around it, for tests/bench/run.

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <vector>

#include "channels/channel_config.hpp"
#include "protocol/base/hash.hpp"

namespace ferry::bench {
namespace {

constexpr std::size_t kVouchers = 256;

struct Sample {
  channels::Voucher voucher;
  base::Digest digest;
  secp256k1_ecdsa_recoverable_signature recoverable;
  secp256k1_ecdsa_signature plain;
};

class Samples {
 public:
  Samples() : context_(secp256k1_context_create(SECP256K1_CONTEXT_NONE)), key_(base::SecretKey::generate()) {
    domain_.data[0] = 1;
    if (secp256k1_ec_pubkey_create(context_, &public_key_, key_.secret_bytes().data()) != 1) std::abort();
    for (std::uint64_t i = 1; i <= kVouchers; ++i) samples_.push_back(make(base::Amount::from_units(i)));
  }
  ~Samples() { secp256k1_context_destroy(context_); }
  Samples(const Samples&) = delete;
  Samples& operator=(const Samples&) = delete;

  bool recover(std::size_t i) const {
    secp256k1_pubkey found;
    return secp256k1_ecdsa_recover(context_, &found, &samples_[i].recoverable, samples_[i].digest.data.data()) == 1;
  }
  bool verify(std::size_t i) const {
    return secp256k1_ecdsa_verify(context_, &samples_[i].plain, samples_[i].digest.data.data(), &public_key_) == 1;
  }
  /// What the relay does per voucher before it touches its ledger.
  bool check(std::size_t i) const {
    const auto& voucher = samples_[i].voucher;
    const auto digest = channels::voucher_digest(domain_, voucher.channel, voucher.ceiling);
    return base::check_signature(digest, voucher.signature, key_.address()).has_value();
  }

 private:
  Sample make(base::Amount ceiling) const {
    Sample sample;
    const base::ChannelId channel{base::sha256(base::bytes_of("a channel")).data};
    sample.voucher = channels::sign_voucher(domain_, channel, ceiling, key_);
    sample.digest = channels::voucher_digest(domain_, channel, ceiling);
    const auto& bytes = sample.voucher.signature.data;
    secp256k1_ecdsa_recoverable_signature_parse_compact(context_, &sample.recoverable, bytes.data(), bytes[64] - 27);
    secp256k1_ecdsa_signature_parse_compact(context_, &sample.plain, bytes.data());
    return sample;
  }

  secp256k1_context* context_;
  base::SecretKey key_;
  base::Hash256 domain_;
  secp256k1_pubkey public_key_{};
  std::vector<Sample> samples_;
};

/// How often `one` runs in a second of this thread's CPU time.
double rate(double seconds, const std::function<bool(std::size_t)>& one) {
  const auto cpu_seconds = [] {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
  };
  const double began = cpu_seconds();
  std::uint64_t done = 0;
  double passed = 0;
  for (; passed < seconds; passed = cpu_seconds() - began) {
    for (std::size_t i = 0; i < kVouchers; ++i, ++done) {
      if (!one(i)) std::abort();
    }
  }
  return static_cast<double>(done) / passed;
}

}  // namespace
}  // namespace ferry::bench

int main(int argc, char** argv) {
  double seconds = 1;
  CLI::App app{"Checks vouchers in a loop; rates per CPU-second."};
  app.add_option("--seconds", seconds, "for each of the three kinds");
  CLI11_PARSE(app, argc, argv);
  const ferry::bench::Samples samples;
  const auto recover = ferry::bench::rate(seconds, [&](std::size_t i) { return samples.recover(i); });
  const auto verify = ferry::bench::rate(seconds, [&](std::size_t i) { return samples.verify(i); });
  const auto check = ferry::bench::rate(seconds, [&](std::size_t i) { return samples.check(i); });
  std::cout << nlohmann::json{{"recover", recover}, {"verify", verify}, {"check", check}} << std::endl;
  return 0;
}
