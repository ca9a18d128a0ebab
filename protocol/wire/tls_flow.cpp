#include "protocol/wire/tls_flow.hpp"

#include <algorithm>
#include <cstring>

namespace ferry::wire {
namespace {

constexpr std::uint64_t kFreeMessages = 32;
constexpr std::uint64_t kBytesPerMessage = 16 * 1024;

TlsFlow& flow_of(BIO* bio) { return *static_cast<TlsFlow*>(BIO_get_data(bio)); }

int read_input(BIO* bio, char* out, std::size_t size, std::size_t* count) {
  BIO_clear_retry_flags(bio);
  *count = 0;
  TlsFlow& flow = flow_of(bio);
  if (flow.is_flooded()) return 0;  // without the retry flag this ends the connection
  if (flow.input.empty()) {
    BIO_set_retry_read(bio);
    return 0;
  }
  *count = std::min(size, flow.input.size());
  std::memcpy(out, flow.input.view().data(), *count);
  flow.input.consume(*count);
  return 1;
}

int write_output(BIO* bio, const char* data, std::size_t size, std::size_t* count) {
  BIO_clear_retry_flags(bio);
  flow_of(bio).output.append(base::bytes_of({data, size}));
  *count = size;
  return 1;
}

long control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

int create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

const BIO_METHOD* method() {
  static const BIO_METHOD* const made = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ferry");
    if (m != nullptr) {
      BIO_meth_set_read_ex(m, read_input);
      BIO_meth_set_write_ex(m, write_output);
      BIO_meth_set_ctrl(m, control);
      BIO_meth_set_create(m, create);
    }
    return m;
  }();
  return made;
}

void count_message(int is_written, int /*version*/, int content_type, const void* /*bytes*/, std::size_t /*size*/, SSL* /*ssl*/, void* flow) {
  if (is_written != 0 || content_type != SSL3_RT_HANDSHAKE) return;
  auto& watched = *static_cast<TlsFlow*>(flow);
  if (watched.established) ++watched.messages_after_handshake;
}

}  // namespace

bool TlsFlow::is_flooded() const { return messages_after_handshake > kFreeMessages + plaintext_bytes / kBytesPerMessage; }

BIO* make_bio(TlsFlow& flow) {
  BIO* const bio = method() == nullptr ? nullptr : BIO_new(method());
  if (bio != nullptr) BIO_set_data(bio, &flow);
  return bio;
}

void watch_handshake_messages(SSL* ssl, TlsFlow& flow) {
  SSL_set_msg_callback(ssl, count_message);
  SSL_set_msg_callback_arg(ssl, &flow);
}

}  // namespace ferry::wire
