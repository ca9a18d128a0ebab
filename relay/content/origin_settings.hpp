#pragma once
// OriginSettings: how the relay behaves towards origins, and every limit on what an origin may send, each
// with the reason for its value.

#include "protocol/base/time.hpp"
#include "protocol/content/geometry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace ferry::relay::content {

struct OriginLimits {
    std::size_t header_bytes = 64 * 1024;  ///< a manifest carries no more
    std::size_t header_count = 128;        ///< as a manifest
    std::chrono::milliseconds resolve_timeout{10'000};
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds first_byte_timeout{30'000};
    std::chrono::milliseconds stall_timeout{30'000};  ///< no byte although the relay is ready to read
    std::chrono::milliseconds slot_timeout{30'000};   ///< waiting for one of the host's slots
    std::uint64_t body_bytes = ferry::content::kMaxBodyBytes;
    int redirects = 5;
};

struct OriginSettings {
    std::string ca_file;                   ///< PEM bundle; empty: the system's
    std::string user_agent = "Ferry/0.1";  ///< sent instead of the client's
    std::string via = "1.1 ferry";         ///< empty: no Via field
    OriginLimits limits;
    std::function<base::Time()> now;  ///< wall clock; empty: the system's
};

}  // namespace ferry::relay::content
