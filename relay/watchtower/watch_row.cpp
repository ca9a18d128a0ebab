#include "relay/watchtower/watch_row.hpp"

#include <span>

#include "protocol/base/pack.hpp"

namespace ferry::relay {

using base::Result;

namespace {

constexpr std::uint32_t kFields = 5;

void put(base::PackWriter& out, const WatchRow& row) {
  out.array(kFields).bytes(channels::pack(row.row.config)).amount(row.row.ceiling).signature(row.row.voucher_signature).amount(row.row.total_claimed);
  out.signature(row.claim_signature);
}

WatchRow get(base::PackReader& in) {
  WatchRow row;
  in.array_of(kFields);
  if (auto config = channels::unpack_channel_config(in.bytes(channels::ChannelConfig::kPackedBytes))) row.row.config = *config;
  else in.fail_value("a channel's configuration was expected");
  row.row.ceiling = in.amount();
  row.row.voucher_signature = in.signature();
  row.row.total_claimed = in.amount();
  row.claim_signature = in.signature();
  return row;
}

base::Digest digest_of(const base::Hash256& domain_separator, const channels::ClaimRow& row) {
  return channels::claim_batch_digest(domain_separator, std::span{&row, 1});
}

}  // namespace

WatchRow sign_watch_row(const base::Hash256& domain_separator, channels::ClaimRow row, const base::SecretKey& relay) {
  const auto signature = relay.sign(digest_of(domain_separator, row));
  return WatchRow{std::move(row), signature};
}

Result<void> check_watch_row(const base::Hash256& domain_separator, const WatchRow& watched) {
  const auto& row = watched.row;
  FERRY_CHECK(channels::check(row.config));
  if (row.total_claimed > row.ceiling) return base::fail(base::refusal("watch_row_above_ceiling", "a row claims more than the payer promised"));
  const auto id = channels::channel_id(domain_separator, row.config);
  FERRY_CHECK(base::check_signature(channels::voucher_digest(domain_separator, id, row.ceiling), row.voucher_signature, row.config.payer_authorizer));
  return base::check_signature(digest_of(domain_separator, row), watched.claim_signature, row.config.receiver_authorizer);
}

base::Bytes pack(const WatchRow& row) {
  base::PackWriter out;
  put(out, row);
  return out.take();
}

Result<WatchRow> unpack_watch_row(base::ByteView bytes) {
  base::PackReader in(bytes);
  auto row = get(in);
  FERRY_CHECK(in.finish());
  return row;
}

base::Bytes pack_watch_rows(const std::vector<WatchRow>& rows) {
  base::PackWriter out;
  out.array(static_cast<std::uint32_t>(rows.size()));
  for (const auto& row : rows) put(out, row);
  return out.take();
}

Result<std::vector<WatchRow>> unpack_watch_rows(base::ByteView bytes) {
  base::PackReader in(bytes);
  std::vector<WatchRow> rows;
  for (std::uint32_t left = in.array(kMaxRowsAtOnce); left > 0 && in.ok(); --left) rows.push_back(get(in));
  FERRY_CHECK(in.finish());
  return rows;
}

}  // namespace ferry::relay
