#include "client/front/socks_handshake.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace ferry::client {

namespace {

constexpr std::uint8_t kNoAuthentication = 0x00;
constexpr std::uint8_t kUserAndPassword = 0x02;
constexpr std::uint8_t kNoneAcceptable = 0xff;
constexpr std::uint8_t kPasswordVersion = 0x01;
constexpr std::uint8_t kConnect = 0x01;
constexpr std::uint8_t kIpv4 = 0x01;
constexpr std::uint8_t kName = 0x03;
constexpr std::uint8_t kIpv6 = 0x04;
constexpr std::size_t kSocks4Fixed = 8;
constexpr std::size_t kMaxSocks4Text = 255;

std::uint16_t port_at(base::ByteView bytes) { return static_cast<std::uint16_t>(bytes[0] << 8U | bytes[1]); }

template <std::size_t Size>
std::array<std::uint8_t, Size> array_of(base::ByteView bytes) {
  std::array<std::uint8_t, Size> out{};
  std::copy_n(bytes.begin(), Size, out.begin());
  return out;
}

base::Result<Destination> make_destination(base::Result<base::Host> host, std::uint16_t port) {
  if (!host) return base::fail(std::move(host).error());
  if (port == 0) return base::fail(base::refusal("destination_port", "the app names port 0; there is no such port"));
  return Destination{std::move(*host), port};
}

/// Some apps send an IPv6 address as a name, and then without brackets.
base::Result<base::Host> host_of(std::string_view name) {
  if (name.find(':') != std::string_view::npos && name.front() != '[') return base::Host::parse("[" + std::string(name) + "]");
  return base::Host::parse(name);
}

base::Error bad_format(const char* what) { return base::peer_fault("socks_format", std::string("the app's SOCKS message is malformed: ") + what); }

base::Error bad_command() {
  return base::refusal("socks_command", "only CONNECT goes through Ferry, not BIND or UDP ASSOCIATE: let the app use TCP");
}

/// 0.0.0.x with x not 0 says that a name follows.
bool has_name(base::ByteView message) { return message[4] == 0 && message[5] == 0 && message[6] == 0 && message[7] != 0; }

std::string_view text_until_nul(base::ByteView bytes) {
  const auto text = base::text_of(bytes);
  return text.substr(0, text.find('\0'));
}

}  // namespace

SocksStep SocksHandshake::feed(base::ByteView bytes) {
  SocksStep step;
  while (state_ != State::over && step.consumed < bytes.size()) {
    const auto rest = bytes.subspan(step.consumed);
    const auto part = rest.first(std::min(wanted() - message_.size(), rest.size()));
    message_.insert(message_.end(), part.begin(), part.end());
    step.consumed += part.size();
    // A message may turn out longer once its lengths are known.
    if (message_.size() == wanted()) take_message(step);
  }
  return step;
}

/// How long the message is, as far as that is known: always more than there is until it is complete.
std::size_t SocksHandshake::wanted() const {
  const auto size = message_.size();
  switch (state_) {
    case State::version: return 1;
    case State::methods: return size < 2 ? 2 : std::size_t{2} + message_[1];
    case State::password: {
      if (size == 0) return 1;
      if (message_[0] != kPasswordVersion) return size;
      if (size == 1) return 2;
      const std::size_t before_password = std::size_t{2} + message_[1];
      return size <= before_password ? before_password + 1 : before_password + 1 + message_[before_password];
    }
    case State::request5: return wanted5();
    case State::request4: return wanted4();
    case State::over: break;
  }
  return size;
}

std::size_t SocksHandshake::wanted5() const {
  constexpr std::size_t kFixed = 4;
  if (message_.size() < kFixed) return kFixed;
  if (message_[0] != 5 || message_[1] != kConnect) return kFixed;
  switch (message_[3]) {
    case kIpv4: return kFixed + 4 + 2;
    case kIpv6: return kFixed + 16 + 2;
    case kName: return message_.size() == kFixed ? kFixed + 1 : kFixed + 1 + message_[4] + 2;
    default: return kFixed;
  }
}

std::size_t SocksHandshake::wanted4() const {
  const auto size = message_.size();
  if (size < kSocks4Fixed) return kSocks4Fixed;
  if (message_[1] != kConnect) return kSocks4Fixed;
  const auto user_end = std::find(message_.begin() + kSocks4Fixed, message_.end(), 0);
  if (user_end == message_.end()) return size - kSocks4Fixed > kMaxSocks4Text ? size : size + 1;
  if (!has_name(message_)) return size;
  const auto name_length = static_cast<std::size_t>(message_.end() - user_end) - 1;
  const bool name_ended = name_length > 0 && message_.back() == 0;
  return name_ended || name_length > kMaxSocks4Text ? size : size + 1;
}

void SocksHandshake::take_message(SocksStep& step) {
  switch (state_) {
    case State::version:
      // The version is part of the message that it opens.
      if (message_[0] == 5) {
        state_ = State::methods;
      } else if (message_[0] == 4) {
        state_ = State::request4;
      } else {
        refuse(step, {}, base::peer_fault("socks_version", "the app speaks neither SOCKS4 nor SOCKS5"));
      }
      return;
    case State::methods: take_methods(step); break;
    case State::password: take_password(step); break;
    case State::request5: take_request5(step); break;
    case State::request4: take_request4(step); break;
    case State::over: return;
  }
  message_.clear();
}

/// The user name is wanted whenever it can be had: it tells which app this is.
void SocksHandshake::take_methods(SocksStep& step) {
  const auto offers = [this](std::uint8_t method) { return std::find(message_.begin() + 2, message_.end(), method) != message_.end(); };
  if (offers(kUserAndPassword)) {
    state_ = State::password;
    step.reply.insert(step.reply.end(), {5, kUserAndPassword});
  } else if (!required_ && offers(kNoAuthentication)) {
    state_ = State::request5;
    step.reply.insert(step.reply.end(), {5, kNoAuthentication});
  } else if (required_) {
    refuse(step, {5, kNoneAcceptable}, password_missing());
  } else {
    refuse(step, {5, kNoneAcceptable},
           base::refusal("socks_method", "the app offers no way to authenticate that Ferry knows: none, or user name and password"));
  }
}

/// Empty names and passwords are taken when none are required: Java offers this method always and then sends no password.
void SocksHandshake::take_password(SocksStep& step) {
  constexpr std::uint8_t kFailure = 1;
  if (message_[0] != kPasswordVersion) return refuse(step, {kPasswordVersion, kFailure}, bad_format("its authentication is not of version 1"));
  const auto text = base::text_of(message_);
  const std::size_t user_length = message_[1];
  const Credentials given{std::string(text.substr(2, user_length)), std::string(text.substr(2 + user_length + 1))};
  if (required_ && !are_equal(given, *required_)) return refuse(step, {kPasswordVersion, kFailure}, password_wrong());
  user_ = app_name(given.user);
  state_ = State::request5;
  step.reply.insert(step.reply.end(), {kPasswordVersion, 0});
}

void SocksHandshake::take_request5(SocksStep& step) {
  if (message_[0] != 5 || message_[2] != 0) {
    return refuse(step, socks5_reply(Socks5Code::general_failure), bad_format("its request is not of version 5"));
  }
  if (message_[1] != kConnect) return finish(step, SocksVersion::v5, base::fail(bad_command()));
  const base::ByteView address = base::ByteView{message_}.subspan(4);
  const auto port = port_at(base::ByteView{message_}.last(2));
  switch (message_[3]) {
    case kIpv4: return finish(step, SocksVersion::v5, make_destination(base::Host{base::IpAddress::v4(array_of<4>(address))}, port));
    case kIpv6: return finish(step, SocksVersion::v5, make_destination(base::Host{base::IpAddress::v6(array_of<16>(address))}, port));
    case kName: return finish(step, SocksVersion::v5, make_destination(host_of(base::text_of(address.subspan(1, address[0]))), port));
    default: break;
  }
  finish(step, SocksVersion::v5,
         base::fail(base::refusal("socks_address_type", "the app names a destination that is neither a name nor an IPv4 or IPv6 address")));
}

void SocksHandshake::take_request4(SocksStep& step) {
  if (message_[1] != kConnect) return finish(step, SocksVersion::v4, base::fail(bad_command()));
  if (required_) return finish(step, SocksVersion::v4, base::fail(password_missing()));
  const base::ByteView message{message_};
  const auto user = text_until_nul(message.subspan(kSocks4Fixed));
  if (user.size() > kMaxSocks4Text) {
    return finish(step, SocksVersion::v4, base::fail(base::refusal("socks_user_too_long", "a SOCKS4 user id may have 255 bytes")));
  }
  user_ = app_name(user);
  const auto port = port_at(message.subspan(2));
  const auto host = has_name(message) ? host_of(text_until_nul(message.subspan(kSocks4Fixed + user.size() + 1)))
                                      : base::Result<base::Host>{base::Host{base::IpAddress::v4(array_of<4>(message.subspan(4)))}};
  finish(step, SocksVersion::v4, make_destination(host, port));
}

void SocksHandshake::finish(SocksStep& step, SocksVersion version, base::Result<Destination> destination) {
  if (!destination) return refuse(step, socks_refused(version, destination.error()), destination.error());
  state_ = State::over;
  step.request = SocksRequest{version, std::move(*destination), std::move(user_)};
}

void SocksHandshake::refuse(SocksStep& step, base::Bytes reply, base::Error error) {
  state_ = State::over;
  step.reply.insert(step.reply.end(), reply.begin(), reply.end());
  step.refused = std::move(error);
}

}  // namespace ferry::client
