#include "channels/records.hpp"

#include <algorithm>
#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>

#include "protocol/base/pack.hpp"

namespace ferry::channels {
namespace {

using base::PackReader;
using base::PackWriter;

// The number that begins each record in a journal. Never reused.
template <typename R>
constexpr std::uint64_t kType = 0;
template <>
constexpr std::uint64_t kType<ChannelRecord> = 1;
template <>
constexpr std::uint64_t kType<VoucherRecord> = 2;
template <>
constexpr std::uint64_t kType<ChargeRecord> = 3;
template <>
constexpr std::uint64_t kType<CreditRecord> = 4;
template <>
constexpr std::uint64_t kType<TransactionRecord> = 5;
template <>
constexpr std::uint64_t kType<ChargedRecord> = 6;
template <>
constexpr std::uint64_t kType<RecentRecord> = 7;
template <>
constexpr std::uint64_t kType<AlternativeRecord> = 8;
template <>
constexpr std::uint64_t kType<AccountRecord> = 9;
template <>
constexpr std::uint64_t kType<UnclaimedRecord> = 10;
template <>
constexpr std::uint64_t kType<GoneRecord> = 11;
template <>
constexpr std::uint64_t kType<RefundRecord> = 12;
template <>
constexpr std::uint64_t kType<PlaceRecord> = 13;
template <>
constexpr std::uint64_t kType<PayerOpenRecord> = 33;
template <>
constexpr std::uint64_t kType<PayerChainRecord> = 34;
template <>
constexpr std::uint64_t kType<ReserveCeilingRecord> = 35;
template <>
constexpr std::uint64_t kType<DeliveredRecord> = 36;
template <>
constexpr std::uint64_t kType<AdoptedRecord> = 37;
template <>
constexpr std::uint64_t kType<SignedRecord> = 38;
template <>
constexpr std::uint64_t kType<PayerTransactionRecord> = 39;
template <>
constexpr std::uint64_t kType<PayerAlternativeRecord> = 40;
constexpr std::uint64_t kMaxType = 40;

/// Milliseconds; beyond any date that a chain or a clock gives, and far from where sums of times overflow.
constexpr std::int64_t kMaxTime = std::int64_t{1} << 53;

// The fields of each record in the order in which they are packed, told once for both directions.
template <typename T, typename R>
concept Is = std::same_as<std::remove_const_t<T>, R>;

auto fields(Is<ChannelRecord> auto& r) {
  return std::tie(r.channel, r.config, r.balance, r.total_claimed, r.pending_withdraw, r.withdraw_at, r.closed);
}
auto fields(Is<VoucherRecord> auto& r) { return std::tie(r.channel, r.ceiling, r.signature, r.confirmed); }
auto fields(Is<ChargeRecord> auto& r) {
  return std::tie(r.channel, r.request, r.index, r.charge, r.chunk_price, r.charged_after, r.at, r.granted);
}
auto fields(Is<CreditRecord> auto& r) {
  return std::tie(r.payer, r.chunks, r.windows_paid, r.paid, r.toward_next, r.granted, r.chunk_price);
}
auto fields(Is<TransactionRecord> auto& r) { return std::tie(r.id, r.raw, r.state); }
auto fields(Is<ChargedRecord> auto& r) { return std::tie(r.channel, r.charged, r.confirmed); }
auto fields(Is<RecentRecord> auto& r) { return std::tie(r.channel, r.request, r.index, r.charge, r.charged_after, r.at); }
auto fields(Is<AlternativeRecord> auto& r) { return std::tie(r.first, r.id, r.raw); }
auto fields(Is<AccountRecord> auto& r) {
  return std::tie(r.transaction, r.fees, r.unsettled, r.settled_at, r.events_after, r.transactions, r.refused);
}
auto fields(Is<GoneRecord> auto& r) { return std::tie(r.charged, r.promised, r.claimed, r.lost); }
auto fields(Is<PlaceRecord> auto& r) { return std::tie(r.after, r.mark); }
auto fields(Is<UnclaimedRecord> auto& r) { return std::tie(r.channel, r.since); }
auto fields(Is<RefundRecord> auto& r) { return std::tie(r.channel, r.nonce, r.amount); }
auto fields(Is<PayerOpenRecord> auto& r) { return std::tie(r.relay, r.config, r.deposit, r.raw_transaction); }
auto fields(Is<PayerChainRecord> auto& r) { return std::tie(r.channel, r.balance, r.total_claimed, r.closed); }
auto fields(Is<ReserveCeilingRecord> auto& r) { return std::tie(r.channel, r.reserved_ceiling); }
auto fields(Is<DeliveredRecord> auto& r) {
  return std::tie(r.channel, r.request, r.index, r.chunk_hash, r.charge, r.confirmed_after, r.charged_after);
}
auto fields(Is<AdoptedRecord> auto& r) { return std::tie(r.channel, r.amount, r.confirmed_after); }
auto fields(Is<PayerTransactionRecord> auto& r) { return std::tie(r.channel, r.transaction, r.raw, r.fee, r.failed); }
auto fields(Is<PayerAlternativeRecord> auto& r) { return std::tie(r.channel, r.first, r.raw); }
auto fields(Is<SignedRecord> auto& r) { return std::tie(r.channel, r.ceiling, r.confirmed, r.adopted); }

void put(PackWriter& out, std::unsigned_integral auto value) {
  if constexpr (std::same_as<decltype(value), bool>) out.boolean(value);
  else out.number(value);
}
void put(PackWriter& out, base::Amount value) { out.amount(value); }
void put(PackWriter& out, base::Time value) { out.number(static_cast<std::uint64_t>(std::clamp<std::int64_t>(value.unix_ms, 0, kMaxTime))); }
void put(PackWriter& out, const base::Address& value) { out.address(value); }
void put(PackWriter& out, const base::Signature& value) { out.signature(value); }
void put(PackWriter& out, const std::string& value) { out.text(value); }
void put(PackWriter& out, const base::Bytes& value) { out.bytes(value); }
void put(PackWriter& out, const ChannelConfig& value) { out.bytes(pack(value)); }
template <typename Tag>
void put(PackWriter& out, const base::Bytes32<Tag>& value) { out.bytes32(value); }

void get(PackReader& in, std::uint64_t& value) { value = in.number(); }
void get(PackReader& in, std::uint32_t& value) { value = static_cast<std::uint32_t>(in.number(UINT32_MAX)); }
void get(PackReader& in, std::uint8_t& value) { value = static_cast<std::uint8_t>(in.number(UINT8_MAX)); }
void get(PackReader& in, bool& value) { value = in.boolean(); }
void get(PackReader& in, base::Amount& value) { value = in.amount(); }
void get(PackReader& in, base::Time& value) { value.unix_ms = static_cast<std::int64_t>(in.number(kMaxTime)); }
void get(PackReader& in, base::Address& value) { value = in.address(); }
void get(PackReader& in, base::Signature& value) { value = in.signature(); }
void get(PackReader& in, std::string& value) { value = in.text(kMaxRelayTextBytes); }
void get(PackReader& in, base::Bytes& value) {
  const auto bytes = in.bytes(kMaxRawTransactionBytes);
  value.assign(bytes.begin(), bytes.end());
}
void get(PackReader& in, ChannelConfig& value) {
  auto config = unpack_channel_config(in.bytes(ChannelConfig::kPackedBytes));
  if (config) value = *config;
  else in.fail_value("a channel's configuration was expected");
}
template <typename Tag>
void get(PackReader& in, base::Bytes32<Tag>& value) {
  value = in.bytes32<Tag>();
}

template <typename R>
bool read_if(PackReader& in, std::uint64_t type, std::uint32_t count, Record& out) {
  if (type != kType<R>) return false;
  R record{};
  std::apply(
      [&](auto&... field) {
        if (count == 1 + sizeof...(field)) (get(in, field), ...);
        else in.fail_value("a record has another number of fields than its type");
      },
      fields(record));
  out = std::move(record);
  return true;
}

template <typename... R>
bool read_one_of(PackReader& in, std::uint64_t type, std::uint32_t count, std::variant<R...>& out) {
  return (read_if<R>(in, type, count, out) || ...);
}

}  // namespace

base::Bytes pack(const Record& record) {
  PackWriter out;
  std::visit(
      [&out]<typename R>(const R& r) {
        std::apply(
            [&out](const auto&... field) {
              out.array(1 + sizeof...(field)).number(kType<R>);
              (put(out, field), ...);
            },
            fields(r));
      },
      record);
  return out.take();
}

base::Result<Record> unpack_record(base::ByteView bytes) {
  PackReader in(bytes);
  const std::uint32_t count = in.array(16);
  const std::uint64_t type = in.number(kMaxType);
  Record record;
  if (in.ok() && !read_one_of(in, type, count, record)) in.fail_value("a record's type is not known");
  FERRY_CHECK(in.finish());
  return record;
}

}  // namespace ferry::channels
