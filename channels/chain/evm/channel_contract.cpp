#include "channels/chain/evm/channel_contract.hpp"

#include "channels/channel_config.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::chain::evm {
namespace {

using base::Result;

base::Unexpected no(const Node& node, std::string code, const std::string& message) {
  return base::fail(base::refusal(std::move(code), "the node " + node.name() + ": " + message));
}

}  // namespace

Result<ChannelContract::Identity> ChannelContract::learn(Node& node) const {
  Identity identity;
  FERRY_TRY(const auto chain_id, node.chain_id());
  if (expected_.chain_id && *expected_.chain_id != chain_id) {
    return no(node, "chain_wrong", "it is on chain " + std::to_string(chain_id) + ", the chain's URL asks for chain " + std::to_string(*expected_.chain_id));
  }
  FERRY_TRY(const auto code_hash, node.code_hash(expected_.contract));
  if (!code_hash) return no(node, "contract_missing", "there is no contract at " + expected_.contract.to_eip55() + " on chain " + std::to_string(chain_id) + ": check the chain's URL");
  if (expected_.code_hash && *expected_.code_hash != *code_hash) {
    return no(node, "contract_wrong_code", "the code at " + expected_.contract.to_eip55() + " has the hash 0x" + code_hash->hex() +
                                               ", which is not the one in the chain's URL: do not use this contract");
  }
  identity.domain = {chain_id, expected_.contract};
  identity.separator = base::domain_separator(identity.domain);
  identity.code_hash = *code_hash;

  // The digest of a voucher says which domain, and which types, the contract checks signatures for.
  const base::ChannelId nobody{};
  const auto one = base::Amount::from_units(1);
  const auto words = node.view(voucher_digest_call(expected_.contract, nobody, one), At::latest());
  const auto digest = words ? read_digest(*words) : base::fail(words.error());
  if (!words && words.error().code != "rpc_refused") return base::fail(words.error());
  if (!digest || *digest != channels::voucher_digest(identity.separator, nobody, one)) {
    return no(node, "contract_other_domain", "the contract at " + expected_.contract.to_eip55() + " takes other vouchers than Ferry's: check the chain's URL");
  }
  FERRY_TRY(const auto native_words, node.view(native_token_call(expected_.contract), At::latest()));
  const auto native = read_address(native_words);
  if (!native) return no(node, "contract_other_domain", native.error().message);
  identity.deployment = {expected_.contract, expected_.token, *native == expected_.token && !native->is_zero()};
  if (!identity.deployment.token_is_native) {
    FERRY_TRY(const auto token_code, node.code_hash(expected_.token));
    if (!token_code) {
      return no(node, "token_missing", "there is no token at " + expected_.token.to_eip55() + ", and the contract's native token is " +
                                           native->to_eip55() + ": check token in the chain's URL");
    }
  }
  return identity;
}

Result<void> ChannelContract::check(Node& node) {
  FERRY_TRY(const auto learnt, learn(node));
  const std::lock_guard lock{mutex_};
  if (!identity_) identity_ = learnt;
  if (*identity_ == learnt) return {};
  return base::fail(base::environment("chain_disagrees", "the node " + node.name() + " is on chain " + std::to_string(learnt.domain.chain_id) +
                                                             " with the contract's code 0x" + learnt.code_hash.hex() + ", another node is on chain " +
                                                             std::to_string(identity_->domain.chain_id) + " with 0x" + identity_->code_hash.hex() +
                                                             ": take the wrong one out of the chain's URL"));
}

std::optional<ChannelContract::Identity> ChannelContract::identity() const {
  const std::lock_guard lock{mutex_};
  return identity_;
}

}  // namespace ferry::chain::evm
