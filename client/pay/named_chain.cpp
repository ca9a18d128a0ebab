// open_named_chain: what of Ledgers needs the chains' own code and libcurl, which a build for small devices may leave out.

#include "client/pay/ledgers.hpp"

#if FERRY_CLIENT_CHAINS
#include "channels/chain/open_chain.hpp"
#endif

namespace ferry::client {

#if FERRY_CLIENT_CHAINS

/// Between two looks at a transaction a client tells how it stands, and sees whether it is being closed.
constexpr std::chrono::seconds kOneLook{3};

bool knows_chains() { return true; }
std::unique_ptr<chain::ChainBackend> open_named_chain(const chain::LedgerUrl& url) { return chain::open_chain(url, kOneLook); }

#else

bool knows_chains() { return false; }
std::unique_ptr<chain::ChainBackend> open_named_chain(const chain::LedgerUrl&) { return nullptr; }

#endif

}  // namespace ferry::client
