#include "protocol/wire/tls_engine.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "protocol/base/ip.hpp"
#include "protocol/wire/byte_queue.hpp"
#include "protocol/wire/openssl_pointers.hpp"
#include "protocol/wire/tls_flow.hpp"

namespace ferry::wire {
namespace {

constexpr std::size_t kRecordPayload = 16 * 1024;
/// Header, content type and tag of a TLS 1.3 record.
constexpr std::size_t kRecordOverhead = 5 + 1 + 16;

/// RFC 9266.
constexpr std::string_view kExporterLabel = "EXPORTER-Channel-Binding";

SslPointer make_ssl(const TlsContext& context, TlsEngine::Role role, const std::string& server_name, TlsFlow& flow) {
  SslPointer ssl{SSL_new(static_cast<SSL_CTX*>(context.native()))};
  BIO* const bio = make_bio(flow);
  if (!ssl || bio == nullptr) throw std::bad_alloc{};
  SSL_set_bio(ssl.get(), bio, bio);
  watch_handshake_messages(ssl.get(), flow);
  if (role == TlsEngine::Role::server) {
    SSL_set_accept_state(ssl.get());
    return ssl;
  }
  SSL_set_connect_state(ssl.get());
  // An address is no server name: RFC 6066, section 3.
  if (!server_name.empty() && !base::IpAddress::parse(server_name)) {
    // What the macro SSL_set_tlsext_host_name does, without its casts.
    SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(server_name.c_str()));
  }
  return ssl;
}

}  // namespace

struct TlsEngine::State {
  std::shared_ptr<TlsContext> context;
  TlsFlow flow;
  SslPointer ssl;
  bool closed = false;       ///< by us
  bool peer_closed = false;
  std::optional<base::Error> failure;  ///< nothing goes on after it

  base::Result<void> drive_handshake();
  base::Unexpected fail_tls(const char* when);
};

base::Unexpected TlsEngine::State::fail_tls(const char* when) {
  std::string reason = take_openssl_error();
  if (flow.is_flooded()) reason = "too many messages about keys instead of data";
  failure = base::peer_fault("tls", std::string{when} + ": " + reason);
  flow.input.clear();
  return base::fail(*failure);
}

base::Result<void> TlsEngine::State::drive_handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl.get());
  if (result == 1) {
    flow.established = true;
  } else if (SSL_get_error(ssl.get(), result) != SSL_ERROR_WANT_READ) {
    return fail_tls("the TLS handshake failed");
  }
  return {};
}

TlsEngine::TlsEngine(std::shared_ptr<TlsContext> context, Role role, const std::string& server_name) : state_(std::make_unique<State>()) {
  state_->ssl = make_ssl(*context, role, server_name, state_->flow);
  state_->context = std::move(context);
  if (role == Role::client) static_cast<void>(state_->drive_handshake());  // queues the ClientHello; a failure is kept
}

TlsEngine::~TlsEngine() = default;

base::Result<void> TlsEngine::put_ciphertext(base::ByteView bytes) {
  State& s = *state_;
  if (s.failure) return base::fail(*s.failure);
  if (s.peer_closed) return {};  // what follows a close_notify has no meaning
  if (s.flow.input.size() + bytes.size() > kMaxUnreadCiphertext) {
    return base::fail(base::bug("tls_unread", "read the plaintext before putting more ciphertext"));
  }
  s.flow.input.append(bytes);
  return s.flow.established ? base::Result<void>{} : s.drive_handshake();
}

base::Result<std::size_t> TlsEngine::read_plaintext(base::MutableByteView out) {
  State& s = *state_;
  std::size_t taken = 0;
  while (!s.failure && s.flow.established && !s.peer_closed && taken < out.size()) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(s.ssl.get(), out.data() + taken, out.size() - taken, &count);
    if (result == 1) {
      taken += count;
      s.flow.plaintext_bytes += count;
      continue;
    }
    const int reason = SSL_get_error(s.ssl.get(), result);
    if (reason == SSL_ERROR_WANT_READ) break;
    if (reason == SSL_ERROR_ZERO_RETURN) {
      s.peer_closed = true;
    } else {
      static_cast<void>(s.fail_tls("the TLS connection failed"));
    }
  }
  if (s.failure && taken == 0) return base::fail(*s.failure);  // what was decrypted before it is still good
  return taken;
}

base::Result<void> TlsEngine::write_plaintext(base::ByteView bytes) {
  State& s = *state_;
  if (s.failure) return base::fail(*s.failure);
  if (!s.flow.established || s.closed) return base::fail(base::bug("tls_state", "write between the handshake and close()"));
  if (bytes.empty()) return {};
  s.flow.output.reserve(bytes.size() + (bytes.size() / kRecordPayload + 1) * kRecordOverhead);
  ERR_clear_error();
  std::size_t written = 0;
  if (SSL_write_ex(s.ssl.get(), bytes.data(), bytes.size(), &written) != 1) return s.fail_tls("nothing can be encrypted");
  return {};
}

base::ByteView TlsEngine::ciphertext() const { return state_->flow.output.view(); }

void TlsEngine::consume_ciphertext(std::size_t count) {
  ByteQueue& output = state_->flow.output;
  output.consume(std::min(count, output.size()));
}

bool TlsEngine::established() const { return state_->flow.established; }
bool TlsEngine::peer_closed() const { return state_->peer_closed; }

void TlsEngine::close() {
  State& s = *state_;
  if (s.failure || !s.flow.established || std::exchange(s.closed, true)) return;
  SSL_shutdown(s.ssl.get());  // queues close_notify; that the peer has not answered is no failure
  ERR_clear_error();
}

base::Result<Exporter> TlsEngine::exporter() const {
  if (!established()) return base::fail(base::bug("tls_state", "the exporter exists after the handshake"));
  Exporter out;
  if (SSL_export_keying_material(state_->ssl.get(), out.data.data(), out.data.size(), kExporterLabel.data(), kExporterLabel.size(), nullptr,
                                 0, 1) != 1) {
    return base::fail(base::bug("tls_exporter", take_openssl_error()));
  }
  return out;
}

void TlsEngine::release_buffers() {
  state_->flow.input.release();
  state_->flow.output.release();
  SSL_free_buffers(state_->ssl.get());
  ERR_clear_error();
}

}  // namespace ferry::wire
