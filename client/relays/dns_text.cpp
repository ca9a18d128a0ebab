#include "client/relays/dns_text.hpp"

#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>

namespace ferry::client {

namespace {

constexpr std::size_t kMaxReferences = 64;
constexpr std::size_t kMaxAnswer = 16 * 1024;
// Source: RFC 1035, sections 3.2.2, 3.2.4 and 4.1.1.
constexpr int kTxt = 16;
constexpr int kInternet = 1;
constexpr std::size_t kHeader = 12;
constexpr std::size_t kAfterQuestionName = 4;
constexpr std::size_t kPointer = 0xc0;

/// Steps through an answer; after a step beyond its end everything is empty.
class AnswerReader {
 public:
  explicit AnswerReader(base::ByteView left) : left_(left) {}

  bool ok() const { return ok_; }
  base::ByteView take(std::size_t count) {
    if (count > left_.size()) ok_ = false;
    if (!ok_) return {};
    const auto taken = left_.first(count);
    left_ = left_.subspan(count);
    return taken;
  }
  std::size_t number() {
    const auto bytes = take(2);
    return bytes.empty() ? 0 : static_cast<std::size_t>(bytes[0]) << 8U | bytes[1];
  }
  void skip_name() {
    while (ok_) {
      const auto length = take(1);
      if (length.empty() || length[0] == 0) return;
      if (length[0] >= kPointer) return static_cast<void>(take(1));
      take(length[0]);
    }
  }

 private:
  base::ByteView left_;
  bool ok_ = true;
};

/// A record holds texts of at most 255 bytes; a longer one is cut into several.
std::string joined_texts(base::ByteView data) {
  AnswerReader reader(data);
  std::string text;
  for (auto length = reader.take(data.empty() ? 0 : 1); !length.empty() && reader.ok(); length = reader.take(1)) text += base::text_of(reader.take(length[0]));
  return text;
}

}  // namespace

std::vector<RelayReference> relays_in_answer(base::ByteView answer) {
  std::vector<RelayReference> references;
  AnswerReader reader(answer);
  const auto header = reader.take(kHeader);
  if (header.empty()) return references;
  AnswerReader counts(header.subspan(4));
  const std::size_t questions = counts.number();
  const std::size_t records = counts.number();
  for (std::size_t i = 0; i < questions && reader.ok(); ++i) {
    reader.skip_name();
    reader.take(kAfterQuestionName);
  }
  for (std::size_t i = 0; i < records && reader.ok() && references.size() < kMaxReferences; ++i) {
    reader.skip_name();
    const auto type = reader.number();
    reader.take(6);  // class and time to live
    const auto data = reader.take(reader.number());
    if (!reader.ok() || type != kTxt) continue;
    if (auto reference = RelayReference::parse(joined_texts(data))) references.push_back(std::move(*reference));
  }
  return references;
}

std::vector<RelayReference> relays_in_dns(const std::string& name) {
  struct __res_state state {};
  if (res_ninit(&state) != 0) return {};
  base::Bytes answer(kMaxAnswer);
  const int length = res_nquery(&state, name.c_str(), kInternet, kTxt, answer.data(), static_cast<int>(answer.size()));
  res_nclose(&state);
  if (length <= 0) return {};
  return relays_in_answer(base::ByteView{answer}.first(std::min(static_cast<std::size_t>(length), answer.size())));
}

}  // namespace ferry::client
