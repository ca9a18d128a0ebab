#include <doctest/doctest.h>
#include <openssl/pem.h>

#include "protocol/wire/openssl_pointers.hpp"
#include "tests/unit/protocol/wire/tls_pair.hpp"

using namespace ferry;
using namespace ferry::wire;

namespace {

constexpr std::int64_t kNow = 1'800'000'000;

CertificatePointer parse(const std::string& pem) {
  return CertificatePointer{PEM_read_bio_X509(memory_of(pem).get(), nullptr, nullptr, nullptr)};
}

/// -1 before, 1 after, as X509_cmp_time says it.
bool is_valid_at(const X509* certificate, std::int64_t when) {
  time_t at = when;
  return X509_cmp_time(X509_get0_notBefore(certificate), &at) < 0 && X509_cmp_time(X509_get0_notAfter(certificate), &at) > 0;
}

}  // namespace

TEST_CASE("self-signed: a certificate of its own key, for the days that were asked") {
  const auto made = make_self_signed("relay.test", kNow, 10);
  REQUIRE(made.has_value());
  const auto certificate = parse(made->certificate_pem);
  REQUIRE(certificate);
  constexpr std::int64_t kDay = 86'400;
  CHECK(is_valid_at(certificate.get(), kNow - kDay + 1));
  CHECK(is_valid_at(certificate.get(), kNow));
  CHECK(is_valid_at(certificate.get(), kNow + 10 * kDay - 1));
  CHECK_FALSE(is_valid_at(certificate.get(), kNow - kDay - 1));
  CHECK_FALSE(is_valid_at(certificate.get(), kNow + 10 * kDay + 1));
  CHECK(X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())) == 1);
  CHECK(X509_get_version(certificate.get()) == 2);
  CHECK(TlsContext::server(made->certificate_pem, made->private_key_pem).has_value());
}

TEST_CASE("self-signed: two are never alike") {
  const auto one = make_self_signed("relay.test", kNow, 10).value();
  const auto two = make_self_signed("relay.test", kNow, 10).value();
  CHECK(one.private_key_pem != two.private_key_pem);
  CHECK(public_key_pin(one.certificate_pem).value() != public_key_pin(two.certificate_pem).value());
  CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(parse(one.certificate_pem).get()), X509_get0_serialNumber(parse(two.certificate_pem).get())) != 0);
}

TEST_CASE("self-signed: a name that fits no certificate is refused") {
  CHECK(make_self_signed(std::string(64, 'x'), kNow, 10).has_value());
  CHECK_FALSE(make_self_signed(std::string(65, 'x'), kNow, 10).has_value());
  CHECK_FALSE(make_self_signed("", kNow, 10).has_value());
}

TEST_CASE("public key pin: as other tools compute it") {
  // A fixed certificate; the pin is what `openssl x509 -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64` says.
  const std::string pem = R"(-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUGRpZjHN/qZ2dXU7Ptc03kiN3fVgwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKcmVsYXkudGVzdDAeFw0yNjExMjAxMjI1MjRaFw0zNjExMTcx
MjI1MjRaMBUxEzARBgNVBAMMCnJlbGF5LnRlc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASa0aBZ2J4UbX1sX4P1Coi3/myCPDsjWNsrXBZ+E2B7Q2o7b5kIPJwf
tnYnLJIDuqASPaRfLPC0pbadmV/PQXVDo1MwUTAdBgNVHQ4EFgQU2RVZK4B/5QX+
rK59TGouDGOC2sEwHwYDVR0jBBgwFoAU2RVZK4B/5QX+rK59TGouDGOC2sEwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBtWQWH8VXdYojvXRlsHAH3
KR9cDOE8shJBf0CHGmhwlgIhANxd6nhW0f3nPi0Ent1rL9CpzpwFejql+MpPTA0z
3paS
-----END CERTIFICATE-----
)";
  CHECK(public_key_pin(pem).value() == "sha256//TNBpHY+qPL1xUzwasFGJYPE2sqR9DvMwRN2HH81PaMo=");
  CHECK(public_key_pin("no certificate").error().code == "tls_certificate");
}

TEST_CASE("tls context: what is no certificate or no key of it is refused") {
  const auto one = make_self_signed("relay.test", kNow, 10).value();
  const auto two = make_self_signed("relay.test", kNow, 10).value();
  const auto code = [](const std::string& certificate, const std::string& key) {
    const auto context = TlsContext::server(certificate, key);
    return context ? "ok" : context.error().code;
  };
  CHECK(code(one.certificate_pem, one.private_key_pem) == "ok");
  CHECK(code(one.certificate_pem + two.certificate_pem, one.private_key_pem) == "ok");
  CHECK(code("", one.private_key_pem) == "tls_certificate");
  CHECK(code(one.certificate_pem, "") == "tls_certificate");
  CHECK(code(one.private_key_pem, one.private_key_pem) == "tls_certificate");
  CHECK(code(one.certificate_pem, two.private_key_pem) == "tls_certificate");
}
