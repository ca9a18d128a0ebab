#include "protocol/base/pack.hpp"

#include <algorithm>
#include <array>
#include <msgpack.hpp>
#include <optional>
#include <utility>
#include <variant>

namespace ferry::base {
namespace {

/// What msgpack::packer writes to.
struct Sink {
  Bytes& buffer;
  void write(const char* data, std::size_t size) {
    const ByteView bytes = bytes_of({data, size});
    buffer.insert(buffer.end(), bytes.begin(), bytes.end());
  }
};

template <typename Step>
void pack(Bytes& buffer, Step step) {
  Sink sink{buffer};
  msgpack::packer<Sink> packer{sink};
  step(packer);
}

struct ArrayOf {
  std::uint32_t count;
};
struct Text {
  std::string_view value;
};
struct Binary {
  ByteView value;
};
struct Nil {};
using Token = std::variant<Nil, bool, std::uint64_t, ArrayOf, Text, Binary>;

/// Takes one token and stops, so that the library keeps no stack and nothing is built from a claimed length. What Ferry does not use
/// (maps, negative numbers, floats, extensions) leaves the token empty.
struct OneToken : msgpack::null_visitor {
  std::optional<Token> token;
  bool truncated = false;

  bool take(Token value) {
    token = value;
    return false;
  }
  bool visit_nil() { return take(Nil{}); }
  bool visit_boolean(bool value) { return take(value); }
  bool visit_positive_integer(std::uint64_t value) { return take(value); }
  bool visit_negative_integer(std::int64_t value) { return value < 0 ? false : take(static_cast<std::uint64_t>(value)); }
  bool visit_float32(float) { return false; }
  bool visit_float64(double) { return false; }
  bool visit_str(const char* data, std::uint32_t size) { return take(Text{size == 0 ? std::string_view{} : std::string_view{data, size}}); }
  bool visit_bin(const char* data, std::uint32_t size) { return take(Binary{size == 0 ? ByteView{} : bytes_of({data, size})}); }
  bool visit_ext(const char*, std::uint32_t) { return false; }
  bool start_array(std::uint32_t count) { return take(ArrayOf{count}); }
  bool start_map(std::uint32_t) { return false; }
  void insufficient_bytes(std::size_t, std::size_t) { truncated = true; }
};

/// The token at `offset`, which then lies behind it.
OneToken read_token(ByteView input, std::size_t& offset) {
  OneToken visitor;
  const std::string_view text = text_of(input);
  try {
    msgpack::parse(text.data(), text.size(), offset, visitor);
    // A parse that its visitor stops leaves the offset on the token's last byte.
    ++offset;
  } catch (const msgpack::unpack_error&) {  // only an extension of 4 GiB on a 32-bit machine, which stays an empty token
  }
  return visitor;
}

constexpr std::size_t kMaxDepth = 6;
constexpr std::uint32_t kMaxElements = 65'536;
constexpr std::uint8_t kNil = 0xc0;

}  // namespace

PackWriter& PackWriter::array(std::uint32_t count) {
  pack(buffer_, [&](auto& packer) { packer.pack_array(count); });
  return *this;
}

PackWriter& PackWriter::number(std::uint64_t value) {
  pack(buffer_, [&](auto& packer) { packer.pack_uint64(value); });
  return *this;
}

PackWriter& PackWriter::boolean(bool value) {
  pack(buffer_, [&](auto& packer) { value ? packer.pack_true() : packer.pack_false(); });
  return *this;
}

PackWriter& PackWriter::nil() {
  pack(buffer_, [](auto& packer) { packer.pack_nil(); });
  return *this;
}

PackWriter& PackWriter::text(std::string_view value) {
  pack(buffer_, [&](auto& packer) {
    packer.pack_str(static_cast<std::uint32_t>(value.size()));
    packer.pack_str_body(value.data(), static_cast<std::uint32_t>(value.size()));
  });
  return *this;
}

PackWriter& PackWriter::bytes(ByteView value) {
  bytes_header(static_cast<std::uint32_t>(value.size()));
  buffer_.insert(buffer_.end(), value.begin(), value.end());
  return *this;
}

PackWriter& PackWriter::amount(Amount value) { return bytes(value.to_bytes()); }

PackWriter& PackWriter::bytes_header(std::uint32_t size) {
  pack(buffer_, [&](auto& packer) { packer.pack_bin(size); });
  return *this;
}

struct PackReader::State {
  ByteView input;
  std::size_t position = 0;
  bool started = false;
  std::array<std::uint32_t, kMaxDepth> unread{};  ///< elements left in each open array, outermost first
  std::size_t depth = 0;
  std::optional<Error> error;

  void refuse(std::string code, std::string message) {
    if (!error) error = peer_fault(std::move(code), std::move(message));
  }
  void leave_read_arrays() {
    while (depth > 0 && unread[depth - 1] == 0) --depth;
  }
  /// Counts the element that is about to be read; false if the one value is already complete.
  bool begin_element() {
    leave_read_arrays();
    if (depth > 0) {
      --unread[depth - 1];
      return true;
    }
    return !std::exchange(started, true);
  }
  bool next_is_nil() const { return !error && position < input.size() && input[position] == kNil; }

  std::optional<Token> next();
  template <typename Wanted>
  std::optional<Wanted> take(const char* wanted_name);
};

std::optional<Token> PackReader::State::next() {
  if (error) return std::nullopt;
  if (!begin_element()) {
    refuse("pack_truncated", "the message has fewer values than its kind needs");
    return std::nullopt;
  }
  const OneToken read = read_token(input, position);
  if (read.truncated) {
    refuse("pack_truncated", "the message ends in the middle of a value");
  } else if (!read.token) {
    refuse("pack_type", "only arrays, numbers from 0, texts, byte strings, booleans and nil are used here");
  }
  return read.token;
}

template <typename Wanted>
std::optional<Wanted> PackReader::State::take(const char* wanted_name) {
  const auto token = next();
  if (!token) return std::nullopt;
  if (const auto* value = std::get_if<Wanted>(&*token)) return *value;
  refuse("pack_type", std::string{wanted_name} + " was expected");
  return std::nullopt;
}

PackReader::PackReader(ByteView input) : state_(std::make_unique<State>()) { state_->input = input; }
PackReader::~PackReader() = default;

std::uint32_t PackReader::array(std::uint32_t limit) {
  const auto array = state_->take<ArrayOf>("an array");
  if (!array) return 0;
  if (array->count > std::min(limit, kMaxElements)) {
    state_->refuse("pack_limit", "an array has more elements than are allowed here");
    return 0;
  }
  if (array->count > state_->input.size() - state_->position) {  // every element takes a byte: callers may reserve() by the count
    state_->refuse("pack_truncated", "an array claims more elements than there are bytes");
    return 0;
  }
  if (state_->depth == kMaxDepth) {
    state_->refuse("pack_limit", "arrays are nested too deeply");
    return 0;
  }
  state_->unread[state_->depth++] = array->count;
  return array->count;
}

void PackReader::array_of(std::uint32_t count) {
  if (array(kMaxElements) != count) fail_value("an array of " + std::to_string(count) + " elements was expected");
}

std::uint64_t PackReader::number(std::uint64_t max) {
  const auto value = state_->take<std::uint64_t>("a number from 0");
  if (!value) return 0;
  if (*value > max) {
    state_->refuse("pack_limit", "a number is above " + std::to_string(max));
    return 0;
  }
  return *value;
}

bool PackReader::boolean() { return state_->take<bool>("a boolean").value_or(false); }

bool PackReader::skip_nil() { return state_->next_is_nil() && state_->take<Nil>("nil").has_value(); }

std::string PackReader::text(std::size_t limit) {
  const auto text = state_->take<Text>("a text");
  if (!text) return {};
  if (text->value.size() > limit) {
    state_->refuse("pack_limit", "a text is longer than " + std::to_string(limit) + " bytes");
    return {};
  }
  if (text->value.find('\0') != std::string_view::npos) {
    fail_value("a text holds a NUL byte");
    return {};
  }
  return std::string{text->value};
}

ByteView PackReader::bytes(std::size_t limit) {
  const auto bytes = state_->take<Binary>("a byte string");
  if (!bytes) return {};
  if (bytes->value.size() > limit) {
    state_->refuse("pack_limit", "a byte string is longer than " + std::to_string(limit));
    return {};
  }
  return bytes->value;
}

Amount PackReader::amount() {
  const auto value = Amount::from_bytes(bytes(16));
  if (!value) fail_value("an amount is 16 bytes");
  return value.value_or(Amount::zero());
}

Address PackReader::address() {
  const auto value = Address::from(bytes(20));
  if (!value) fail_value("an address is 20 bytes");
  return value.value_or(Address{});
}

Signature PackReader::signature() {
  const auto value = Signature::from(bytes(Signature::kSize));
  if (!value) fail_value(value.error().message);
  return value.value_or(Signature{});
}

bool PackReader::ok() const { return !state_->error; }

void PackReader::fail_value(std::string message) { state_->refuse("pack_value", std::move(message)); }

Result<void> PackReader::finish() const {
  if (state_->error) return fail(*state_->error);
  const bool complete =
      state_->started && std::all_of(state_->unread.begin(), state_->unread.begin() + static_cast<std::ptrdiff_t>(state_->depth),
                                     [](std::uint32_t left) { return left == 0; });
  if (state_->position < state_->input.size()) return fail(peer_fault("pack_trailing", "the message has more values than its kind needs"));
  if (!complete) return fail(peer_fault("pack_truncated", "the message has fewer values than it announces"));
  return {};
}

}  // namespace ferry::base
