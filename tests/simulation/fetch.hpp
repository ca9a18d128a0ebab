#pragma once
// Fetch: one object for one client: the relays in their order, one at a time but for a rival of one that says nothing, from chunk to chunk, as
// client::Fetch with one lane.

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "tests/simulation/download.hpp"

namespace ferry::simulation {

class Fetch final : public std::enable_shared_from_this<Fetch>, private DownloadListener {
 public:
  using Ended = std::function<void()>;

  Fetch(SimClient& client, ObjectNumber object, Ended ended);
  void start();

 private:
  struct Lane {
    std::size_t relay = 0;
    std::shared_ptr<Connection> connection;
    std::shared_ptr<Download> download;  ///< null until the relay is ready
  };

  void on_head(Download& download) override;
  void on_chunk(Download& download, base::ChunkIndex index, base::ByteView bytes, const base::Hash256& hash) override;
  void on_end(Download& download, const base::Error* error) override;

  /// The first in the order that has not failed and brings nothing yet.
  std::optional<std::size_t> next_relay() const;
  void attempt();
  void add_lane(std::size_t relay);
  void open(Lane& lane);
  void watch_head();
  void go_on_without(std::size_t relay);
  void finish(bool well);

  SimClient& client_;
  World& world_;
  ObjectNumber object_;
  Ended ended_;
  std::vector<std::size_t> order_;
  std::set<std::size_t> failed_;
  std::vector<Lane> lanes_;
  std::vector<base::Hash256> present_;
  std::shared_ptr<Fetch> myself_;  ///< until it has ended
  double began_ = 0;
  std::uint64_t watches_ = 0;
  bool head_known_ = false, met_bad_ = false;
  std::optional<double> first_byte_;
};

}  // namespace ferry::simulation
