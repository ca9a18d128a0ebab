#pragma once
// The user's C callbacks as the library's own, with what they are given in C form.

#include <cstdint>

#include "client/fetch/fetch_request.hpp"
#include "client/include/ferry/ferry.h"
#include "client/jobs/result_job.hpp"

namespace ferry::client {

FetchCallbacks fetch_callbacks(const ferry_fetch_callbacks& callbacks, std::uint64_t id);
ResultCallback result_callback(ferry_result_fn on_done, void* user, std::uint64_t id);

}  // namespace ferry::client
