#include "client/wallet/keys.hpp"

#include <utility>

namespace ferry::client {

base::Result<Keys> Keys::open(const DataDir& dir) {
  Keys keys;
  FERRY_TRY(auto wallet, load_key(dir.wallet_key()));
  if (wallet) keys.wallet_ = std::make_shared<const base::SecretKey>(std::move(*wallet));
  FERRY_TRY(auto session, load_key(dir.session_key()));
  if (!session) {
    FERRY_TRY(auto made, make_key(dir.session_key()));
    session = std::move(made);
  }
  keys.session_ = std::make_shared<const base::SecretKey>(std::move(*session));
  return keys;
}

base::Result<void> Keys::make_wallet(const DataDir& dir) {
  if (wallet_) {
    return base::fail(base::refusal("wallet_exists", "there is a wallet already (" + wallet_->address().to_eip55() +
                                                         "); it is never replaced. Use another data directory for another wallet"));
  }
  FERRY_TRY(auto made, make_key(dir.wallet_key()));
  wallet_ = std::make_shared<const base::SecretKey>(std::move(made));
  return {};
}

}  // namespace ferry::client
