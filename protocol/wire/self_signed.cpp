#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>

#include "protocol/base/hash.hpp"
#include "protocol/wire/openssl_pointers.hpp"
#include "protocol/wire/tls_engine.hpp"

namespace ferry::wire {
namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;
/// RFC 5280, appendix A.1: ub-common-name.
constexpr std::size_t kMaxCommonName = 64;

base::Unexpected failed(const char* what) {
  return base::fail(base::environment("tls_certificate", std::string{what} + " (" + take_openssl_error() + ")"));
}

/// Positive, 127 bits, random: RFC 5280 asks for at most 20 bytes and no repetition.
bool set_serial(X509* certificate) {
  std::array<std::uint8_t, 16> random{};
  base::fill_random(random);
  random[0] &= 0x7fU;
  const std::unique_ptr<BIGNUM, Freed<BN_free>> number{BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr)};
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_times(X509* certificate, std::int64_t now, int days) {
  // From a day ago: a client's clock may be slow.
  return ASN1_TIME_set(X509_getm_notBefore(certificate), now - kDay) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), now + days * kDay) != nullptr;
}

bool set_name(X509* certificate, const std::string& common_name) {
  X509_NAME* const name = X509_get_subject_name(certificate);
  const base::ByteView text = base::bytes_of(common_name);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text.data(), static_cast<int>(text.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

template <typename Write>
std::string to_pem(Write write) {
  const BioPointer out{BIO_new(BIO_s_mem())};
  if (!out || write(out.get()) != 1) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace

base::Result<SelfSigned> make_self_signed(const std::string& common_name, std::int64_t now_unix_seconds, int days) {
  ERR_clear_error();
  if (common_name.empty() || common_name.size() > kMaxCommonName) return failed("a common name has 1 to 64 characters");
  const KeyPointer key{EVP_EC_gen("P-256")};
  const CertificatePointer certificate{X509_new()};
  if (!key || !certificate) return failed("no key could be made");
  X509* const c = certificate.get();
  const bool made = X509_set_version(c, 2) == 1 && set_serial(c) && set_times(c, now_unix_seconds, days) && set_name(c, common_name) &&
                    X509_set_pubkey(c, key.get()) == 1 && X509_sign(c, key.get(), EVP_sha256()) > 0;
  if (!made) return failed("the certificate could not be made");
  SelfSigned out;
  out.certificate_pem = to_pem([c](BIO* bio) { return PEM_write_bio_X509(bio, c); });
  out.private_key_pem = to_pem(
      [&key](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  if (out.certificate_pem.empty() || out.private_key_pem.empty()) return failed("the certificate could not be written");
  return out;
}

base::Result<std::string> public_key_pin(const std::string& certificate_pem) {
  ERR_clear_error();
  const BioPointer text = memory_of(certificate_pem);
  const CertificatePointer certificate{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)};
  if (!certificate) return failed("this is not a PEM certificate");
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  if (size <= 0) return failed("the certificate has no usable public key");
  const base::Hash256 hash = base::sha256({der, static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  std::array<unsigned char, 45> base64{};  // 32 bytes make 44 characters, and a NUL
  const int written = EVP_EncodeBlock(base64.data(), hash.data.data(), static_cast<int>(hash.data.size()));
  return "sha256//" + std::string{base::text_of({base64.data(), static_cast<std::size_t>(written)})};
}

}  // namespace ferry::wire
