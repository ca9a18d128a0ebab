#include "channels/chain/evm/contract_errors.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "channels/chain/evm/abi_words.hpp"
#include "protocol/base/result.hpp"

namespace ferry::chain::evm {
namespace {

using base::ByteView;

constexpr std::array<std::string_view, 31> kContractCodes{
    "deposit_nothing",      "channel_payer",      "channel_authorizer",       "channel_receiver",     "channel_receiver_authorizer",
    "channel_token",        "channel_delay",      "channel_closed",           "amount_too_large",     "claim_nothing",
    "claim_too_many_rows",  "claim_not_receiver", "claim_other_authorizer",   "claim_above_ceiling",  "claim_above_balance",
    "withdraw_not_payer",   "withdraw_nothing",   "withdraw_pending",         "withdraw_above_unclaimed", "withdraw_not_pending",
    "withdraw_too_early",   "refund_not_receiver", "refund_nothing",          "refund_nonce",         "payment_refused",
    "signature_length",     "signature_v",        "signature_range",          "signature_high_s",     "signature_unrecoverable",
    "signature_of_another_key"};

bool begins_with(ByteView data, std::string_view signature) {
  const auto selector = selector_of(signature);
  return data.size() >= selector.size() && std::ranges::equal(data.first(selector.size()), selector);
}

}  // namespace

std::string code_of_revert(ByteView data) {
  if (begins_with(data, "Panic(uint256)")) return "contract_panic";
  if (data.size() != Selector{}.size()) return "reverted";
  for (const auto code : kContractCodes) {
    if (begins_with(data, std::string{code} + "()")) return std::string{code};
  }
  return "reverted";
}

std::string text_of_revert(ByteView data) {
  if (!begins_with(data, "Error(string)")) return {};
  data = data.subspan(Selector{}.size());
  if (data.size() < 2 * kWord) return {};
  AbiReader head{data.first(2 * kWord)};
  const auto place = head.number();
  const auto length = head.number();
  if (!head.finish() || place != kWord || length > data.size() - 2 * kWord) return {};
  return base::printable(base::text_of(data.subspan(2 * kWord, static_cast<std::size_t>(length))), 100);
}

}  // namespace ferry::chain::evm
