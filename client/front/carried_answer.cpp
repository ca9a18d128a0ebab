#include "client/front/carried_answer.hpp"

namespace ferry::client {

namespace {

/// "HTTP/1.1 1xx …", but for 101: after that the connection speaks something else.
bool is_interim(std::string_view status_line) {
  const auto space = status_line.find(' ');
  if (!status_line.starts_with("HTTP/1.") || space == std::string_view::npos) return false;
  const auto code = status_line.substr(space + 1, 3);
  return code.size() == 3 && code[0] == '1' && code != "101";
}

}  // namespace

std::string CarriedAnswer::take(base::ByteView bytes) {
  std::string out;
  std::size_t next = 0;
  for (; next < bytes.size() && state_ != State::through; ++next) {
    const char c = static_cast<char>(bytes[next]);
    line_ += c;
    if (state_ == State::interim) {
      out += c;
      if (line_.size() > 4) line_.erase(0, 1);
      if (line_ != "\r\n\r\n") continue;
      line_.clear();
      state_ = State::status_line;
    } else if (c == '\n') {
      out += line_;
      const bool interim = is_interim(line_);
      if (!interim && line_.starts_with("HTTP/1.") && line_.find(" 101") == std::string::npos) out += "Connection: close\r\n";
      line_ = interim ? "\r\n" : "";
      state_ = interim ? State::interim : State::through;
    } else if (line_.size() > kMaxStatusLine) {
      out += line_;
      line_.clear();
      state_ = State::through;
    }
  }
  const auto rest = bytes.subspan(next);
  out.append(reinterpret_cast<const char*>(rest.data()), rest.size());
  return out;
}

}  // namespace ferry::client
