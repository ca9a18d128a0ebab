#pragma once
// Keys: the two keys of a client. The wallet key holds the money and signs only deposits and withdrawals; the session key belongs to this device
// and signs vouchers, so a stolen device loses at most its open channels (docs/payments.md).

#include <memory>

#include "client/wallet/data_dir.hpp"
#include "protocol/base/key.hpp"

namespace ferry::client {

class Keys {
 public:
  /// Reads both; makes a session key if there is none. Errors: those of load_key() and make_key().
  static base::Result<Keys> open(const DataDir& dir);

  const base::SecretKey& session() const { return *session_; }
  /// Null when there is no wallet yet. Threads: what is pointed to may be used by any.
  std::shared_ptr<const base::SecretKey> wallet() const { return wallet_; }
  /// Refusal "wallet_exists": a wallet is never replaced. Error: environment "file_write".
  base::Result<void> make_wallet(const DataDir& dir);

 private:
  std::shared_ptr<const base::SecretKey> session_;
  std::shared_ptr<const base::SecretKey> wallet_;
};

}  // namespace ferry::client
