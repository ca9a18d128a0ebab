#include "protocol/base/result.hpp"

#include <algorithm>

namespace ferry::base {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::refusal: return "refusal";
    case ErrorKind::peer_fault: return "peer_fault";
    case ErrorKind::environment: return "environment";
    case ErrorKind::bug: return "bug";
  }
  return "bug";
}

Error refusal(std::string code, std::string message) { return Error{ErrorKind::refusal, std::move(code), std::move(message)}; }

Error peer_fault(std::string code, std::string message) { return Error{ErrorKind::peer_fault, std::move(code), std::move(message)}; }

Error environment(std::string code, std::string message) { return Error{ErrorKind::environment, std::move(code), std::move(message)}; }

Error bug(std::string code, std::string message) { return Error{ErrorKind::bug, std::move(code), std::move(message)}; }

std::string printable(std::string_view text, std::size_t limit) {
  std::string out{text.substr(0, limit)};
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

}  // namespace ferry::base
