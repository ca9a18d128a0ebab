#include "relay/exit/resolver.hpp"

#include "relay/exit/ares_source.hpp"
#include "relay/exit/caching_resolver.hpp"

namespace ferry::relay::exit {

base::Result<std::unique_ptr<Resolver>> make_resolver(boost::asio::io_context& io, ResolverSettings settings) {
  FERRY_TRY(auto source, AresSource::start(io, settings));
  return std::make_unique<CachingResolver>(settings, std::move(source));
}

}  // namespace ferry::relay::exit
