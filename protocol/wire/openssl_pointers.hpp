#pragma once
// Owning pointers to OpenSSL's objects, and its error queue as one line of text. Internal to the TLS sources.

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace ferry::wire {

template <auto Free>
struct Freed {
  template <typename Object>
  void operator()(Object* object) const {
    Free(object);
  }
};

using SslContextPointer = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using SslPointer = std::unique_ptr<SSL, Freed<SSL_free>>;
using BioPointer = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using CertificatePointer = std::unique_ptr<X509, Freed<X509_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

/// The reason of the oldest queued error; empties the queue.
std::string take_openssl_error();

/// A PEM text to read from. Lifetime: as long as `text`.
BioPointer memory_of(const std::string& text);

}  // namespace ferry::wire
