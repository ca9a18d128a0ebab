#include "tests/unit/relay/exit/dns_server.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace ferry::relay::exit::test {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kHeader = 12;
constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kCname = 5;
constexpr std::uint16_t kAaaa = 28;

using Bytes = std::vector<std::uint8_t>;

void put16(Bytes& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
  out.push_back(static_cast<std::uint8_t>(value & 0xffU));
}

Bytes encoded(const std::string& name) {
  Bytes out;
  for (std::size_t start = 0; start < name.size();) {
    const std::size_t end = std::min(name.find('.', start), name.size());
    out.push_back(static_cast<std::uint8_t>(end - start));
    out.insert(out.end(), name.begin() + static_cast<std::ptrdiff_t>(start), name.begin() + static_cast<std::ptrdiff_t>(end));
    start = end + 1;
  }
  out.push_back(0);
  return out;
}

void put_record(Bytes& out, const Bytes& owner, std::uint16_t type, std::uint32_t ttl, const Bytes& data) {
  out.insert(out.end(), owner.begin(), owner.end());
  put16(out, type);
  put16(out, 1);
  put16(out, ttl >> 16U);
  put16(out, ttl & 0xffffU);
  put16(out, data.size());
  out.insert(out.end(), data.begin(), data.end());
}

struct Question {
  std::string name;
  std::uint16_t type = 0;
  std::size_t end = kHeader;  ///< first byte after it
};

Question parse(const std::uint8_t* bytes) {
  Question question;
  while (const std::size_t length = bytes[question.end]) {
    if (!question.name.empty()) question.name += '.';
    for (std::size_t i = 1; i <= length; ++i) question.name += static_cast<char>(bytes[question.end + i]);
    question.end += length + 1;
  }
  question.type = static_cast<std::uint16_t>(bytes[question.end + 1] * 256 + bytes[question.end + 2]);
  question.end += 5;
  return question;
}

/// How many were written.
std::size_t put_records(Bytes& out, const Question& question, const DnsRecords& records) {
  std::size_t count = 0;
  Bytes owner = encoded(question.name);
  if (!records.alias.empty()) {
    put_record(out, owner, kCname, records.alias_ttl, encoded(records.alias));
    owner = encoded(records.alias);
    ++count;
  }
  for (const base::IpAddress& address : records.addresses) {
    if (question.type != (address.is_v6 ? kAaaa : kA)) continue;
    const Bytes data(address.data.begin(), address.data.begin() + (address.is_v6 ? 16 : 4));
    put_record(out, owner, question.type, records.ttl, data);
    ++count;
  }
  return count;
}

}  // namespace

struct DnsServer::TcpPeer {
  explicit TcpPeer(asio::ip::tcp::socket accepted) : socket(std::move(accepted)) {}
  asio::ip::tcp::socket socket;
  std::array<std::uint8_t, 2> length{};
  Bytes question;
};

DnsServer::DnsServer(asio::io_context& io) : socket_(io), acceptor_(io) {
  // One port number for both, which the other may not have free: then the next one.
  boost::system::error_code taken;
  do {
    socket_ = asio::ip::udp::socket{io, {asio::ip::address_v4::loopback(), 0}};
    acceptor_ = asio::ip::tcp::acceptor{io, asio::ip::tcp::v4()};
    acceptor_.bind({asio::ip::address_v4::loopback(), socket_.local_endpoint().port()}, taken);
  } while (taken);
  acceptor_.listen();
  receive();
  accept();
}

std::string DnsServer::endpoint() const { return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port()); }

void DnsServer::receive() {
  socket_.async_receive_from(asio::buffer(question_), peer_, [this](boost::system::error_code error, std::size_t size) {
    if (error) return;
    if (const auto out = answer(question_.data(), size, true)) socket_.send_to(asio::buffer(*out), peer_);
    receive();
  });
}

void DnsServer::accept() {
  acceptor_.async_accept([this](boost::system::error_code error, asio::ip::tcp::socket accepted) {
    if (error) return;
    read_length(std::make_shared<TcpPeer>(std::move(accepted)));
    accept();
  });
}

void DnsServer::read_length(const std::shared_ptr<TcpPeer>& peer) {
  asio::async_read(peer->socket, asio::buffer(peer->length), [this, peer](boost::system::error_code error, std::size_t) {
    if (error) return;
    peer->question.resize(peer->length[0] * 256U + peer->length[1]);
    read_question(peer);
  });
}

void DnsServer::read_question(const std::shared_ptr<TcpPeer>& peer) {
  asio::async_read(peer->socket, asio::buffer(peer->question), [this, peer](boost::system::error_code error, std::size_t size) {
    if (error) return;
    if (const auto message = answer(peer->question.data(), size, false)) {
      Bytes out;
      put16(out, message->size());
      out.insert(out.end(), message->begin(), message->end());
      asio::write(peer->socket, asio::buffer(out));
    }
    read_length(peer);
  });
}

std::optional<Bytes> DnsServer::answer(const std::uint8_t* bytes, std::size_t size, bool over_udp) {
  if (size < kHeader + 5) return std::nullopt;
  const Question question = parse(bytes);
  if (question.type == kA) asked_.push_back(question.name);
  const auto known = table_.find(question.name);
  const DnsRecords records = known != table_.end() ? known->second : DnsRecords{.rcode = 3};
  if (records.silent) return std::nullopt;
  if (records.garbage) socket_.send_to(asio::buffer("\0\0no dns", 8), peer_);
  const bool truncate = records.truncated && over_udp;

  Bytes out(bytes, bytes + question.end);
  out[2] = truncate ? 0x83 : 0x81;  // a response, recursion desired
  out[3] = static_cast<std::uint8_t>(0x80U | records.rcode);
  std::fill(out.begin() + 6, out.begin() + kHeader, std::uint8_t{0});
  if (!truncate) out[7] = static_cast<std::uint8_t>(put_records(out, question, records));
  return out;
}

}  // namespace ferry::relay::exit::test
