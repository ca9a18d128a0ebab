#include <utility>

#include "relay/discovery/discovery.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "relay/discovery/discovery_work.hpp"

namespace ferry::relay::discovery {

namespace asio = boost::asio;

base::Result<std::unique_ptr<Discovery>> Discovery::start(Settings settings, Surroundings surroundings) {
  auto io = std::make_unique<asio::io_context>(1);
  FERRY_TRY(auto tls, wire::TlsContext::client());
  auto work = std::make_unique<DiscoveryWork>(*io, std::move(settings), std::move(surroundings), std::move(tls));
  FERRY_CHECK(work->prepare());
  return std::unique_ptr<Discovery>(new Discovery(std::move(io), std::move(work)));
}

Discovery::Discovery(std::unique_ptr<asio::io_context> io, std::unique_ptr<DiscoveryWork> work) : io_(std::move(io)), work_(std::move(work)) {
  asio::co_spawn(*io_, work_->run(), asio::detached);
  thread_ = std::thread([this] { io_->run(); });
}

Discovery::~Discovery() {
  asio::post(*io_, [this] { work_->stop(); });
  thread_.join();  // when nothing is left to do
}

std::uint16_t Discovery::dht_port() const { return work_->dht_port(); }

void Discovery::search_holders(const base::Hash256& root, std::size_t limit, std::function<void(std::vector<base::Bytes>)> found) {
  asio::post(*io_, [this, root, limit, found = std::move(found)]() mutable { work_->search(root, limit, std::move(found)); });
}

}  // namespace ferry::relay::discovery
