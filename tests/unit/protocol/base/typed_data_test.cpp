#include "protocol/base/typed_data.hpp"

#include <doctest/doctest.h>

#include "protocol/base/hash.hpp"

using namespace ferry::base;

namespace {

Domain domain_of(std::uint64_t chain_id, const char* contract) { return Domain{chain_id, Address::parse(contract).value()}; }

constexpr const char* kBaseContract = "0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003";
constexpr const char* kTronContract = "TW9yNhTySkEHYfjnGQU2u4NAsdb1tW4fbm";
constexpr std::uint64_t kBase = 8453;
constexpr std::uint64_t kTron = 728126428;

}  // namespace

TEST_CASE("typed data: hashes of the types that the deployed contracts use") {
  const auto hash = [](std::string_view type) { return type_hash(type).hex(); };
  CHECK(hash("ChannelConfig(address payer,address payerAuthorizer,address receiver,address receiverAuthorizer,address token,uint40 "
             "withdrawDelay,bytes32 salt)") == "1c9a06ceab9b0ebbd3301dc56c9111bb6d9af421356dc9ccb3b7084c755db308");
  CHECK(hash("Voucher(bytes32 channelId,uint128 maxClaimableAmount)") ==
        "1e1bd6ff84c3e0d9029a292b212e039c0ca97ec497c55191a4a5874294609a69");
  CHECK(hash("Refund(bytes32 channelId,uint256 nonce,uint128 amount)") ==
        "be23ad087435072cd69b49cc5b92de10ee610fce7ae0ab428307972d764bb216");
  CHECK(hash("ClaimEntry(bytes32 channelId,uint128 maxClaimableAmount,uint128 totalClaimed)") ==
        "30b9a0367528fca13c3e8ec6134c3113f1887ebe7a1ad61de0955aac288b0cf5");
  CHECK(hash("ClaimBatch(ClaimEntry[] claims)ClaimEntry(bytes32 channelId,uint128 maxClaimableAmount,uint128 totalClaimed)") ==
        "42bd57c010b870c2e96203c66341f28a6a19b4d56a74533a8eb5f706b9fd6d57");
}

TEST_CASE("typed data: hashes of the cheques of BTFS, made by other software from other type texts") {
  CHECK(type_hash("Cheque(address vault,address beneficiary,uint256 cumulativePayout)").hex() ==
        "797885ce783397eac54dfce7eb7e575a99b61d93125111f5fcc84780c6bb18b9");
  CHECK(type_hash("MultiTokenCheque(address token,address vault,address beneficiary,uint256 cumulativePayout)").hex() ==
        "8c842092946feae38811135d7ff31dbe46e5f73d737c2a68f78c927b9eb40b61");
}

TEST_CASE("typed data: domain separators of the deployments on Base and TRON") {
  CHECK(domain_separator(domain_of(kBase, kBaseContract)).hex() == "d8d982716899b0e20cf2c1e706a37b8a892c83fdd4ac9b540cfeec11f9c73a39");
  CHECK(domain_separator(domain_of(kTron, kTronContract)).hex() == "4640331372a90a82c2863eb272e9be1616037432b9affd8bd1d4a4e539e0c548");
}

TEST_CASE("typed data: published vouchers on Base and TRON get their published digests") {
  const Hash256 type = type_hash("Voucher(bytes32 channelId,uint128 maxClaimableAmount)");
  const auto digest = [&](const Domain& domain, const char* channel) {
    const ChannelId id = ChannelId::parse_hex(channel).value();
    return typed_digest(domain_separator(domain), StructHash{type}.word(id.view()).amount(Amount::from_units(5000)).finish()).hex();
  };
  CHECK(digest(domain_of(kBase, kBaseContract), "93292d94d9c64eff1de184c02e12f50a11ad450c98568b7df0d1c566d1133e5b") ==
        "fe7d39354eac04f8787df7d7381efd242cae0d1f03281c16aa00a34d07dbf49e");
  CHECK(digest(domain_of(kTron, kTronContract), "6b35ed889c2d69858f40094ce4567bd7afa3173715b64ef3bbe15d82f048a091") ==
        "e5425ca05ada712cd0e65a8aa36b7b73e355503e250008d3d8f20a29898f9555");
}

TEST_CASE("typed data: chain and contract both change the domain") {
  const Hash256 base = domain_separator(domain_of(kBase, kBaseContract));
  CHECK(domain_separator(domain_of(kBase + 1, kBaseContract)) != base);
  CHECK(domain_separator(domain_of(kBase, "0x4020806089470a89826cB9fB1f4059150b550004")) != base);
}

TEST_CASE("typed data: members are 32-byte words, right-aligned, in order") {
  const Hash256 type = type_hash("T()");
  const Address address = Address::parse("0x00000000000000000000000000000000000000ff").value();
  const Hash256 word = keccak256({});
  const auto padded = [](std::string_view digits) { return std::string(64 - digits.size(), '0').append(digits); };
  const std::string expected = type.hex() + padded("ff") + padded("0102030405060708") + padded(std::string(32, 'f')) + word.hex();
  CHECK(StructHash{type}.address(address).number(0x0102030405060708U).amount(Amount::max()).word(word.view()).finish() ==
        keccak256(from_hex(expected).value()));
}

TEST_CASE("typed data: a struct may have more members than usual") {
  const Hash256 type = type_hash("T()");
  StructHash many{type};
  std::string expected = type.hex();
  for (int i = 0; i < 40; ++i) {
    many.number(0);
    expected += std::string(64, '0');
  }
  CHECK(many.finish() == keccak256(from_hex(expected).value()));
}
