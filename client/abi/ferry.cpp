// The functions of ferry.h: arguments in, posts to the client's loop. No exception passes this border.

#include "client/include/ferry/ferry.h"

#include <exception>
#include <memory>
#include <new>
#include <utility>

#include "client/abi/arguments.hpp"
#include "client/abi/callbacks.hpp"
#include "client/client.hpp"
#include "client/verify/evidence_list.hpp"
#include "client/verify/evidence_record.hpp"

struct ferry_client {
  std::unique_ptr<ferry::client::Client> client;
};

namespace {

using ferry::base::Result;
using namespace ferry::client;

/// Runs one function of the interface; what it throws (no memory, nothing else) becomes an error.
template <typename Work>
std::int32_t guarded(ferry_error* error, Work work) noexcept {
  try {
    const Result<void> outcome = work();
    return outcome ? FERRY_OK : write_error(outcome.error(), error);
  } catch (const std::bad_alloc&) {
    return write_error({ferry::base::ErrorKind::environment, "no_memory", "no memory"}, error);
  } catch (const std::exception& thrown) {
    return write_error({ferry::base::ErrorKind::bug, "exception", thrown.what()}, error);
  }
}

/// Known to the caller before the first callback can run.
std::uint64_t give_id(Client& client, std::uint64_t* id) {
  const auto number = client.new_id();
  if (id != nullptr) *id = number;
  return number;
}

void start_now(Client& client, ferry_result_fn on_done, void* user, std::uint64_t* id, Client::StartJob start) {
  const auto number = give_id(client, id);
  client.start(number, result_callback(on_done, user, number), std::move(start));
}

/// A job with a JSON result; `start` is run on the loop.
std::int32_t start_job(ferry_client* client, ferry_result_fn on_done, void* user, std::uint64_t* id, ferry_error* error, Client::StartJob start) {
  return guarded(error, [&]() -> Result<void> {
    if (client == nullptr || on_done == nullptr) return ferry::base::fail(invalid_argument("client or on_done is NULL"));
    start_now(*client->client, on_done, user, id, std::move(start));
    return {};
  });
}

std::int32_t start_withdrawal(ferry_client* client, const char* channel, const char* amount_btt, bool timed, ferry_result_fn on_done, void* user,
                              std::uint64_t* id, ferry_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (client == nullptr || on_done == nullptr) return ferry::base::fail(invalid_argument("client or on_done is NULL"));
    WithdrawWish wish;
    wish.timed = timed;
    if (amount_btt != nullptr) {
      FERRY_TRY(wish.amount, read_amount(amount_btt, "amount_btt"));
    }
    if (channel != nullptr && !(wish.channel = ferry::base::ChannelId::parse_hex(channel))) {
      return ferry::base::fail(invalid_argument("channel is not 0x and 64 hexadecimal digits"));
    }
    const auto start = [wish](Core& core, KnownRelays& relays, const ResultJobPtr& job) { withdraw_from_channels(core, relays, wish, job); };
    start_now(*client->client, on_done, user, id, start);
    return {};
  });
}

}  // namespace

extern "C" {

const char* ferry_version(void) { return FERRY_VERSION; }

int32_t ferry_abi_version(void) { return FERRY_ABI_VERSION; }

int32_t ferry_create(const ferry_options* options, ferry_client** client, ferry_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (client == nullptr) return ferry::base::fail(invalid_argument("client is NULL"));
    FERRY_TRY(auto settings, read_options(options));
    FERRY_TRY(auto made, Client::create(std::move(settings)));
    *client = new ferry_client{std::move(made)};
    return {};
  });
}

int32_t ferry_destroy(ferry_client* client) {
  return guarded(nullptr, [&]() -> Result<void> {
    if (client == nullptr) return {};
    if (client->client->is_on_loop()) return ferry::base::fail(invalid_argument("a client cannot be destroyed from its own callback"));
    delete client;
    return {};
  });
}

int32_t ferry_set_budget(ferry_client* client, const char* budget_btt, ferry_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (client == nullptr) return ferry::base::fail(invalid_argument("client is NULL"));
    std::optional<ferry::base::Amount> budget;
    if (budget_btt != nullptr) {
      FERRY_TRY(budget, read_amount(budget_btt, "budget_btt"));
    }
    client->client->set_budget(budget);
    return {};
  });
}

int32_t ferry_fetch(ferry_client* client, const ferry_fetch_request* request, const ferry_fetch_callbacks* callbacks, uint64_t* id,
                    ferry_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (client == nullptr) return ferry::base::fail(invalid_argument("client is NULL"));
    const auto raw = read_struct(callbacks);
    if (!raw || raw->on_done == nullptr) return ferry::base::fail(invalid_argument("callbacks.on_done is required, and struct_size: use FERRY_INIT"));
    FERRY_TRY(auto wanted, read_request(request, client->client->settings()));
    const auto number = give_id(*client->client, id);
    client->client->fetch(number, std::move(wanted), fetch_callbacks(*raw, number));
    return {};
  });
}

int32_t ferry_cancel(ferry_client* client, uint64_t id) {
  return guarded(nullptr, [&]() -> Result<void> {
    if (client == nullptr) return ferry::base::fail(invalid_argument("client is NULL"));
    client->client->cancel(id);
    return {};
  });
}

int32_t ferry_proxy_start(ferry_client* client, const ferry_proxy_options* options, ferry_proxy_ready_fn on_ready, ferry_result_fn on_done, void* user,
                          uint64_t* id, ferry_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (client == nullptr || on_done == nullptr) return ferry::base::fail(invalid_argument("client or on_done is NULL"));
    FERRY_TRY(auto settings, read_proxy_options(options, client->client->settings()));
    const auto number = give_id(*client->client, id);
    ProxyCallbacks callbacks;
    if (on_ready != nullptr) callbacks.on_ready = [on_ready, user, number](const std::string& json) { on_ready(user, number, json.c_str()); };
    callbacks.on_stopped = [done = result_callback(on_done, user, number)](const ferry::base::Error* why) { done(nullptr, why); };
    client->client->start_proxy(number, std::move(settings), std::move(callbacks));
    return {};
  });
}

int32_t ferry_proxy_stop(ferry_client* client, uint64_t id) { return ferry_cancel(client, id); }

int32_t ferry_quote(ferry_client* client, const ferry_fetch_request* request, ferry_result_fn on_done, void* user, uint64_t* id, ferry_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (client == nullptr || on_done == nullptr) return ferry::base::fail(invalid_argument("client or on_done is NULL"));
    FERRY_TRY(auto wanted, read_request(request, client->client->settings()));
    const auto start = [wanted](Core& core, KnownRelays& relays, const ResultJobPtr& job) { quote_url(core, relays, wanted, job); };
    start_now(*client->client, on_done, user, id, start);
    return {};
  });
}

int32_t ferry_relays(ferry_client* client, int32_t probe, ferry_result_fn on_done, void* user, uint64_t* id, ferry_error* error) {
  return start_job(client, on_done, user, id, error,
                   [probe](Core& core, KnownRelays& relays, const ResultJobPtr& job) { list_relays(core, relays, probe != 0, job); });
}

int32_t ferry_wallet_new(ferry_client* client, ferry_result_fn on_done, void* user, uint64_t* id, ferry_error* error) {
  return start_job(client, on_done, user, id, error, [](Core& core, KnownRelays&, const ResultJobPtr& job) { make_new_wallet(core, job); });
}

int32_t ferry_wallet_show(ferry_client* client, ferry_result_fn on_done, void* user, uint64_t* id, ferry_error* error) {
  return start_job(client, on_done, user, id, error, [](Core& core, KnownRelays& relays, const ResultJobPtr& job) { show_wallet(core, relays, job); });
}

int32_t ferry_wallet_channels(ferry_client* client, ferry_result_fn on_done, void* user, uint64_t* id, ferry_error* error) {
  return start_job(client, on_done, user, id, error, [](Core& core, KnownRelays& relays, const ResultJobPtr& job) { list_channels(core, relays, job); });
}

int32_t ferry_wallet_deposit(ferry_client* client, const char* relay, const char* amount_btt, ferry_result_fn on_done, void* user, uint64_t* id,
                             ferry_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (client == nullptr || on_done == nullptr) return ferry::base::fail(invalid_argument("client or on_done is NULL"));
    FERRY_TRY(const auto amount, read_amount(amount_btt, "amount_btt"));
    if (amount.is_zero()) return ferry::base::fail(invalid_argument("amount_btt is zero"));
    FERRY_TRY(const auto reference, read_relay(relay, client->client->settings()));
    const auto start = [amount, reference](Core&, KnownRelays& relays, const ResultJobPtr& job) { deposit_into_channel(relays.get(reference), amount, job); };
    start_now(*client->client, on_done, user, id, start);
    return {};
  });
}

int32_t ferry_wallet_withdraw(ferry_client* client, const char* channel, const char* amount_btt, ferry_result_fn on_done, void* user, uint64_t* id,
                              ferry_error* error) {
  return start_withdrawal(client, channel, amount_btt, false, on_done, user, id, error);
}

int32_t ferry_wallet_withdraw_timed(ferry_client* client, const char* channel, const char* amount_btt, ferry_result_fn on_done, void* user,
                                    uint64_t* id, ferry_error* error) {
  return start_withdrawal(client, channel, amount_btt, true, on_done, user, id, error);
}

int32_t ferry_wallet_faucet(ferry_client* client, const char* relay, ferry_result_fn on_done, void* user, uint64_t* id, ferry_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (client == nullptr || on_done == nullptr) return ferry::base::fail(invalid_argument("client or on_done is NULL"));
    FERRY_TRY(const auto reference, read_relay(relay, client->client->settings()));
    const auto start = [reference](Core& core, KnownRelays& relays, const ResultJobPtr& job) { take_from_faucet(core, relays.get(reference), job); };
    start_now(*client->client, on_done, user, id, start);
    return {};
  });
}

int32_t ferry_wallet_recover(ferry_client* client, ferry_result_fn on_done, void* user, uint64_t* id, ferry_error* error) {
  return start_job(client, on_done, user, id, error, [](Core& core, KnownRelays&, const ResultJobPtr& job) { recover_channels(core, job); });
}

int32_t ferry_evidence_verify(const char* record, ferry_text_fn on_json, void* user, ferry_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (record == nullptr || on_json == nullptr) return ferry::base::fail(invalid_argument("record or on_json is NULL"));
    FERRY_TRY(const auto parsed, parse_evidence(record));
    on_json(user, to_json(examine(parsed)).c_str());
    return {};
  });
}

int32_t ferry_evidence_list(const char* data_dir, ferry_text_fn on_json, void* user, ferry_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (data_dir == nullptr || on_json == nullptr) return ferry::base::fail(invalid_argument("data_dir or on_json is NULL"));
    FERRY_TRY(const auto list, evidence_list(data_dir));
    on_json(user, list.c_str());
    return {};
  });
}

}  // extern "C"
