#include "channels/channel_config.hpp"

#include <doctest/doctest.h>

#include <array>

#include "protocol/base/typed_data.hpp"
#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

/// What viem and a second implementation computed for one channel on one chain.
struct Vector {
  std::uint64_t chain_id;
  const char* contract;
  const char* token;
  const char* domain;
  const char* channel;
  const char* voucher;
  const char* signature;
};

constexpr Vector kEvm{8453,
                      "0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003",
                      "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
                      "d8d982716899b0e20cf2c1e706a37b8a892c83fdd4ac9b540cfeec11f9c73a39",
                      "93292d94d9c64eff1de184c02e12f50a11ad450c98568b7df0d1c566d1133e5b",
                      "fe7d39354eac04f8787df7d7381efd242cae0d1f03281c16aa00a34d07dbf49e",
                      "369864ffdf50fae2b037e528425000c987b5ce70df4dfab8c721bc2e755a50e1"
                      "31befa8df1c79d44063b25459db09f0aa0e4e6e13a4afab7ed02f33e13ea38651c"};
constexpr Vector kTron{728126428,
                       "TW9yNhTySkEHYfjnGQU2u4NAsdb1tW4fbm",
                       "TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4",
                       "4640331372a90a82c2863eb272e9be1616037432b9affd8bd1d4a4e539e0c548",
                       "6b35ed889c2d69858f40094ce4567bd7afa3173715b64ef3bbe15d82f048a091",
                       "e5425ca05ada712cd0e65a8aa36b7b73e355503e250008d3d8f20a29898f9555",
                       "a0eee4dbc3e76b7cf4128e426f2c517eb90a03b3ed4a2e0a669906e9561e4c81"
                       "7671366817ee303bde592509c55d573215ee100a80b49514ded37f493eb0f00a1b"};
constexpr std::uint64_t kCeiling = 5000;

base::Hash256 domain_of(const Vector& vector) {
  return base::domain_separator(base::Domain{vector.chain_id, base::Address::parse(vector.contract).value()});
}

ChannelConfig vector_config(const Vector& vector) {
  ChannelConfig out = config();
  out.token = base::Address::parse(vector.token).value();
  out.withdraw_delay = 900;
  return out;
}

void check_vector(const Vector& vector) {
  const base::Hash256 domain = domain_of(vector);
  CHECK(domain.hex() == vector.domain);
  const base::ChannelId channel = channel_id(domain, vector_config(vector));
  CHECK(channel.hex() == vector.channel);
  CHECK(voucher_digest(domain, channel, units(kCeiling)).hex() == vector.voucher);
  const Voucher voucher = sign_voucher(domain, channel, units(kCeiling), kPayer);
  CHECK(base::to_hex(voucher.signature.view()) == vector.signature);
  CHECK(voucher.channel == channel);
  CHECK(voucher.ceiling == units(kCeiling));
}

}  // namespace

TEST_CASE("typed data: the keys of the published vectors have their published addresses") {
  CHECK(base::to_hex(kPayer.address().view()) == "1a642f0e3c3af545e7acbd38b07251b3990914f1");
  CHECK(base::to_hex(kRelay.address().view()) == "5050a4f4b3f9338c3472dcc01a87c76a144b3c9c");
}

TEST_CASE("typed data: channel id, voucher digest and signature on Base equal the published ones") { check_vector(kEvm); }

TEST_CASE("typed data: channel id, voucher digest and signature on TRON equal the published ones") { check_vector(kTron); }

TEST_CASE("typed data: a claim batch equals the published digest") {
  const ClaimRow row{vector_config(kEvm), units(kCeiling), base::Signature{}, units(4200)};
  CHECK(claim_batch_digest(domain_of(kEvm), std::array{row}).hex() == "143c44a7a0bf504b191662f95be6f32d4ee9ce2001f8a851e0e9e3345820b7d6");
}

TEST_CASE("typed data: a claim batch depends on the order, number and totals of its rows") {
  const ClaimRow a{config(0), units(10), base::Signature{}, units(9)};
  const ClaimRow b{config(1), units(10), base::Signature{}, units(9)};
  ClaimRow less = a;
  less.total_claimed = units(8);
  const auto digest = [](std::initializer_list<ClaimRow> rows) { return claim_batch_digest(kDomain, std::vector<ClaimRow>(rows)); };
  CHECK(digest({a, b}) != digest({b, a}));
  CHECK(digest({a}) != digest({a, a}));
  CHECK(digest({a}) != digest({less}));
  CHECK(digest({}) != digest({a}));
}

TEST_CASE("typed data: a cheque of BTFS equals the digest that its software makes") {
  using base::StructHash;
  const auto text_hash = [](std::string_view text) { return base::type_hash(text); };
  const auto name = text_hash("Vault");
  const auto version = text_hash("1.0");
  const base::Hash256 domain = StructHash(text_hash("EIP712Domain(string name,string version,uint256 chainId)"))
                                   .word(name.view())
                                   .word(version.view())
                                   .number(199)
                                   .finish();
  CHECK(domain.hex() == "23a6d3b97556c2d2de8a23dcc7e8a1778519946dd1f4c6e3a8eae8fdc8497b41");
  const base::Hash256 cheque = StructHash(text_hash("Cheque(address vault,address beneficiary,uint256 cumulativePayout)"))
                                   .address(address(0x11))
                                   .address(kRelay.address())
                                   .number(kCeiling)
                                   .finish();
  CHECK(base::typed_digest(domain, cheque).hex() == "ad8dfbc151602e8576139a44fdf451ee95c84f5a3893f1ac7ec5a9ee9e335de8");
}

TEST_CASE("typed data: every field of a configuration changes the channel") {
  const ChannelConfig original = config();
  const auto differs = [&](auto change) {
    ChannelConfig changed = original;
    change(changed);
    return channel_id(kDomain, changed) != channel_id(kDomain, original);
  };
  CHECK(differs([](auto& c) { c.payer = address(9); }));
  CHECK(differs([](auto& c) { c.payer_authorizer = address(9); }));
  CHECK(differs([](auto& c) { c.receiver = address(9); }));
  CHECK(differs([](auto& c) { c.receiver_authorizer = address(9); }));
  CHECK(differs([](auto& c) { c.token = address(9); }));
  CHECK(differs([](auto& c) { c.withdraw_delay += 1; }));
  CHECK(differs([](auto& c) { c.salt.data[0] = 1; }));
  CHECK(channel_id(domain_of(kEvm), original) != channel_id(domain_of(kTron), original));
}

TEST_CASE("typed data: a refund is bound to channel, nonce and amount") {
  const auto digest = refund_digest(kDomain, id(), 0, units(7));
  CHECK(refund_digest(kDomain, id(1), 0, units(7)) != digest);
  CHECK(refund_digest(kDomain, id(), 1, units(7)) != digest);
  CHECK(refund_digest(kDomain, id(), 0, units(8)) != digest);
}

TEST_CASE("channel config: packs into its fixed layout and back") {
  ChannelConfig original = config(7);
  original.payer_authorizer = kStranger.address();
  original.withdraw_delay = 0x0102030405;
  const base::Bytes packed = pack(original);
  REQUIRE(packed.size() == ChannelConfig::kPackedBytes);
  CHECK(packed[100] == 1);
  CHECK(packed[104] == 5);
  CHECK(unpack_channel_config(packed).value() == original);
  CHECK(code_of(unpack_channel_config(base::ByteView{packed}.first(packed.size() - 1))) == "channel_config_length");
}

TEST_CASE("channel config: without a voucher key, a receiver or a legal delay it is refused") {
  const auto code = [](auto change) {
    ChannelConfig changed = config();
    change(changed);
    return code_of(check(changed));
  };
  CHECK(code([](auto&) {}) == "ok");
  CHECK(code([](auto& c) { c.payer_authorizer = {}; }) == "channel_authorizer");
  CHECK(code([](auto& c) { c.receiver = {}; }) == "channel_receiver");
  CHECK(code([](auto& c) { c.receiver_authorizer = {}; }) == "channel_receiver");
  CHECK(code([](auto& c) { c.withdraw_delay = kMinWithdrawDelay - 1; }) == "channel_delay");
  CHECK(code([](auto& c) { c.withdraw_delay = kMinWithdrawDelay; }) == "ok");
  CHECK(code([](auto& c) { c.withdraw_delay = kMaxWithdrawDelay; }) == "ok");
  CHECK(code([](auto& c) { c.withdraw_delay = kMaxWithdrawDelay + 1; }) == "channel_delay");
}
