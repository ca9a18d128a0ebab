#include "channels/chain/evm/nonce_book.hpp"

namespace ferry::chain::evm {

std::uint64_t NonceBook::take(const base::Address& account, std::uint64_t pending) {
  const std::lock_guard lock{mutex_};
  auto& given = given_[account];
  std::uint64_t nonce = pending;
  while (given.contains(nonce)) ++nonce;
  given.insert(nonce);
  return nonce;
}

void NonceBook::note(const base::Address& account, std::uint64_t nonce) {
  const std::lock_guard lock{mutex_};
  given_[account].insert(nonce);
}

void NonceBook::release(const base::Address& account, std::uint64_t nonce) {
  const std::lock_guard lock{mutex_};
  const auto found = given_.find(account);
  if (found == given_.end()) return;
  found->second.erase(nonce);
  if (found->second.empty()) given_.erase(found);
}

}  // namespace ferry::chain::evm
