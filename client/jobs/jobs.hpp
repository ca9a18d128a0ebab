#pragma once
// The jobs of ferry.h that give one JSON result, each a procedure in a file of its own. They start on the loop and end their ResultJob later.

#include <optional>
#include <string>

#include "client/core.hpp"
#include "client/fetch/fetch_request.hpp"
#include "client/jobs/result_job.hpp"
#include "client/relays/known_relays.hpp"

namespace ferry::client {

void quote_url(Core& core, KnownRelays& relays, const FetchRequest& request, const ResultJobPtr& job);
void list_relays(Core& core, KnownRelays& relays, bool probe, const ResultJobPtr& job);
void make_new_wallet(Core& core, const ResultJobPtr& job);
void show_wallet(Core& core, KnownRelays& relays, const ResultJobPtr& job);
void list_channels(Core& core, KnownRelays& relays, const ResultJobPtr& job);
void deposit_into_channel(Relay& relay, base::Amount amount, const ResultJobPtr& job);
struct WithdrawWish {
  std::optional<base::ChannelId> channel{};  ///< nullopt: all
  std::optional<base::Amount> amount{};      ///< nullopt: all that the relay does not claim
  bool timed = false;                        ///< without asking the relay
};
void withdraw_from_channels(Core& core, KnownRelays& relays, const WithdrawWish& wish, const ResultJobPtr& job);
void recover_channels(Core& core, const ResultJobPtr& job);
void take_from_faucet(Core& core, Relay& relay, const ResultJobPtr& job);

}  // namespace ferry::client
