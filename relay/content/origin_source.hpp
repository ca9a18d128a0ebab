#pragma once
// OriginSource: asks origins: checks where a URL leads, waits for one of the host's slots, starts the
// transfer. One per worker.

#include "relay/content/body_source.hpp"
#include "relay/content/curl_loop.hpp"
#include "relay/content/origin_settings.hpp"
#include "relay/content/origin_transfer.hpp"
#include "relay/exit/exit_policy.hpp"
#include "relay/exit/resolver.hpp"
#include "relay/shared/content_counters.hpp"
#include "relay/shared/host_slots.hpp"

namespace ferry::relay::content {

class OriginSource final : public BodySource {
  public:
    /// All references outlive it.
    OriginSource(boost::asio::io_context& io, const exit::ExitPolicy& policy, exit::Resolver& resolver,
                 HostSlots& hosts, OriginSettings settings, ContentCounters& counters);

    /// Errors: those of check_target, take_slot and OriginTransfer; environment "origin_stopped".
    boost::asio::awaitable<base::Result<std::unique_ptr<SourceStream>>> ask(SourceRequest request) override;

    void stop() override;

    const OriginSettings& settings() const { return settings_; }
    /// Instead of the policy's own check of addresses. For tests of what happens when its answer changes.
    void check_addresses_by(AddressCheck check) { shared_.check_address = std::move(check); }

  private:
    const exit::ExitPolicy& policy_;
    exit::Resolver& resolver_;
    HostSlots& hosts_;
    const OriginSettings settings_;
    CurlLoop loop_;
    TransferShared shared_;
    bool stopped_ = false;
};

}  // namespace ferry::relay::content
