#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <utility>

#include "protocol/wire/openssl_pointers.hpp"
#include "protocol/wire/tls_engine.hpp"

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace ferry::wire {
namespace {

/// A relay's own certificate, or a chain of a few: far below OpenSSL's default.
constexpr long kMaxCertificateBytes = 32 * 1024;

// One protocol, as ALPN writes it: its length, then its name.
constexpr std::array<unsigned char, 9> kAlpn = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

bool cpu_has_aes() {
#if defined(__x86_64__) || defined(__i386__)
  return __builtin_cpu_supports("aes") != 0;
#elif defined(__aarch64__) && defined(__linux__)
  return (getauxval(AT_HWCAP) & HWCAP_AES) != 0;
#else
  return false;
#endif
}

base::Unexpected bad_certificate(const std::string& what) {
  return base::fail(base::environment("tls_certificate", what + " (" + take_openssl_error() + ")"));
}

int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned int offered_size,
                    void* /*unused*/) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, kAlpn.data(), kAlpn.size(), offered, offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/// Key files are not encrypted; without this OpenSSL would ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) { return -1; }

SslContextPointer make_context(const SSL_METHOD* method) {
  SslContextPointer context{SSL_CTX_new(method)};
  if (!context) return nullptr;
  SSL_CTX* const c = context.get();
  // With AES instructions it is the fastest; without them ChaCha20 is, and a server follows a client that puts it first.
  const char* suites = cpu_has_aes() ? "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"
                                     : "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384";
  const bool done = SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) == 1 && SSL_CTX_set_max_proto_version(c, TLS1_3_VERSION) == 1 &&
                    SSL_CTX_set_ciphersuites(c, suites) == 1 && SSL_CTX_set1_groups_list(c, "X25519:P-256") == 1 &&
                    SSL_CTX_set_num_tickets(c, 0) == 1;
  if (!done) return nullptr;
  SSL_CTX_set_options(c, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                             SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_cert_list(c, kMaxCertificateBytes);
  return context;
}

base::Result<void> use_chain(SSL_CTX* context, const std::string& pem) {
  const BioPointer text = memory_of(pem);
  const CertificatePointer leaf{PEM_read_bio_X509(text.get(), nullptr, no_passphrase, nullptr)};
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return bad_certificate("the certificate file does not start with a usable PEM certificate");
  }
  while (CertificatePointer next{PEM_read_bio_X509(text.get(), nullptr, no_passphrase, nullptr)}) {
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return bad_certificate("the certificate file holds a certificate that does not fit");
  }
  ERR_clear_error();  // the end of the file counts as an error
  return {};
}

base::Result<void> use_key(SSL_CTX* context, const std::string& pem) {
  const BioPointer text = memory_of(pem);
  const KeyPointer key{PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr)};
  if (!key) return bad_certificate("the key file holds no unencrypted PEM private key");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) return bad_certificate("the private key does not belong to the certificate");
  return {};
}

}  // namespace

struct TlsContext::State {
  SslContextPointer context;
};

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

base::Result<std::shared_ptr<TlsContext>> TlsContext::server(const std::string& certificate_chain_pem, const std::string& private_key_pem) {
  ERR_clear_error();
  auto context = make_context(TLS_server_method());
  if (!context) return bad_certificate("OpenSSL cannot be set up for TLS 1.3");
  FERRY_CHECK(use_chain(context.get(), certificate_chain_pem));
  FERRY_CHECK(use_key(context.get(), private_key_pem));
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  return std::shared_ptr<TlsContext>{new TlsContext{std::make_unique<State>(State{std::move(context)})}};
}

base::Result<std::shared_ptr<TlsContext>> TlsContext::client() {
  ERR_clear_error();
  auto context = make_context(TLS_client_method());
  if (!context || SSL_CTX_set_alpn_protos(context.get(), kAlpn.data(), kAlpn.size()) != 0) {
    return bad_certificate("OpenSSL cannot be set up for TLS 1.3");
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  // No chain is built either: that would cost time and decide nothing.
  SSL_CTX_set_cert_verify_callback(context.get(), [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  return std::shared_ptr<TlsContext>{new TlsContext{std::make_unique<State>(State{std::move(context)})}};
}

void* TlsContext::native() const { return state_->context.get(); }

}  // namespace ferry::wire
