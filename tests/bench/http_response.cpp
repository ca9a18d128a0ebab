#include "tests/bench/http_response.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace ferry::bench {

namespace {

constexpr std::size_t kMaxLine = 16 * 1024;

std::uint64_t number_in(std::string_view text, int base) {
  std::uint64_t value = 0;
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

}  // namespace

base::Result<std::size_t> HttpResponse::take(base::ByteView input) {
  std::size_t used = 0;
  while (used < input.size() && step_ != Step::done) {
    const auto rest = input.subspan(used);
    if (step_ == Step::body || step_ == Step::chunk_body) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()));
      used += count;
      left_ -= count;
      body_bytes_ += count;
      if (left_ == 0) step_ = step_ == Step::body ? Step::done : Step::chunk_end;
      continue;
    }
    const auto text = base::text_of(rest);
    const auto end = text.find('\n');
    line_.append(text.substr(0, end));
    if (line_.size() > kMaxLine) return base::fail(base::peer_fault("http", "a header line without end"));
    if (end == std::string_view::npos) return input.size();
    used += end + 1;
    if (line_.ends_with('\r')) line_.pop_back();
    FERRY_CHECK(read_line(line_));
    line_.clear();
  }
  return used;
}

base::Result<void> HttpResponse::read_line(std::string_view line) {
  switch (step_) {
    case Step::chunk_end: step_ = Step::chunk_line; return {};
    case Step::chunk_line:
      left_ = number_in(line, 16);
      step_ = left_ == 0 ? Step::trailer : Step::chunk_body;
      return {};
    case Step::trailer:
      if (line.empty()) step_ = Step::done;
      return {};
    default: break;
  }
  if (line.empty()) return end_of_head();
  if (std::exchange(first_line_, false)) {
    if (!line.starts_with("HTTP/1.1 200")) return base::fail(base::peer_fault("http", "the server answered: " + base::printable(line)));
    return {};
  }
  std::string name(line.substr(0, line.find(':')));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto value = line.substr(std::min(line.size(), name.size() + 1));
  if (name == "content-length") left_ = number_in(value, 10);
  if (name == "transfer-encoding") chunked_ = true;
  return {};
}

base::Result<void> HttpResponse::end_of_head() {
  step_ = chunked_ ? Step::chunk_line : left_ > 0 ? Step::body : Step::done;
  return {};
}

}  // namespace ferry::bench
