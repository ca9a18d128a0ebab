#pragma once
// Core: what every part of one client shares, as references to what Client owns. All of it is the loop thread's.

#include <functional>
#include <memory>

#include "client/announcer.hpp"
#include "client/loop/blocking_pool.hpp"
#include "client/loop/loop.hpp"
#include "client/pay/budget.hpp"
#include "client/pay/evidence.hpp"
#include "client/pay/ledgers.hpp"
#include "client/relays/found_relays.hpp"
#include "client/relays/relay_marks.hpp"
#include "client/relays/relay_scores.hpp"
#include "client/relays/session.hpp"
#include "client/settings.hpp"
#include "client/wallet/books.hpp"
#include "client/wallet/keys.hpp"

namespace ferry::client {

/// The link to a relay; tests may put their own in.
using LinkMaker = std::function<std::unique_ptr<Link>(const RelayReference& relay, Link::Listener& listener)>;

struct Core {
  const ClientSettings& settings;
  const DataDir& data_dir;
  Loop& loop;
  BlockingPool& blocking;
  Keys& keys;
  Books& books;
  Ledgers& ledgers;
  Budget& budget;       ///< of this client in all
  Evidence& evidence;
  RelayMarks& marks;
  RelayScores& scores;
  FoundRelays& found;
  Announcer announcer;
  LinkMaker make_link;

  base::Time now() const { return settings.clock(); }
};

}  // namespace ferry::client
