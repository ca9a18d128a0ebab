#include "protocol/wire/openssl_pointers.hpp"

#include <openssl/err.h>

namespace ferry::wire {

std::string take_openssl_error() {
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "no reason given" : reason;
}

BioPointer memory_of(const std::string& text) { return BioPointer{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))}; }

}  // namespace ferry::wire
