#pragma once
// Rig: a worker's content source with everything around it, on one io_context, for tests; and a reader of
// whole bodies.

#include "protocol/content/geometry.hpp"
#include "protocol/content/merkle.hpp"
#include "relay/content/content_source.hpp"
#include "tests/unit/relay/content/scripted_origin.hpp"
#include "tests/unit/relay/exit/await.hpp"
#include "tests/unit/relay/exit/scripted_resolver.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ferry::relay::content::test {

using exit::test::await;
using exit::test::start;
using ferry::content::kChunkBytes;

inline constexpr std::size_t kChunk = kChunkBytes;
inline const std::string kCacheable = "Cache-Control: max-age=60\r\n";

inline exit::ExitPolicy loopback_policy() {
    exit::ExitRules rules;
    rules.allow.push_back(exit::parse_exit_allow("127.0.0.0/8").value());
    return exit::ExitPolicy::make(std::move(rules), exit::OwnEndpoints{}).value();
}

/// What workers share.
struct Shared {
    explicit Shared(CacheSettings settings = {}, const std::filesystem::path& directory = {},
                    CacheLimits limits = {})
        : cache(settings, directory, pool, counters, limits) {}

    BlockingPool pool{2};
    ContentCounters counters;
    ContentCache cache;
    HostSlots hosts;
    exit::ExitPolicy policy = loopback_policy();
};

/// A body as a client would get it.
struct Got {
    Head head, last;
    std::string body;
    std::vector<pricing::ChunkSource> sources;
    std::vector<base::Hash256> hashes;
    std::string error;  // code; "" when all went well

    std::size_t hits() const {
        return static_cast<std::size_t>(
            std::count(sources.begin(), sources.end(), pricing::ChunkSource::hit));
    }
};

class Rig {
  public:
    explicit Rig(Shared& shared_parts, OriginSettings settings = {}) : shared(shared_parts) {
        settings.now = [this] { return now; };
        source.emplace(io, SharedContent{shared.cache, shared.hosts, shared.policy}, resolver,
                       std::move(settings), shared.counters);
    }
    ~Rig() {
        source->stop();
        run_ready();
        shared.pool.wait_idle();
        run_ready();
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    static FetchRequest request(const std::string& url, ferry::content::Headers headers = {}) {
        FetchRequest request;
        request.url = base::Url::parse(url).value();
        request.headers = std::move(headers);
        return request;
    }

    /// Opens and reads to the end, or at most `chunks`.
    asio::awaitable<Got> fetch(FetchRequest request, std::uint64_t chunks = UINT64_MAX) {
        Got got;
        const auto first = request.first_chunk;
        const auto end = request.chunk_count > UINT64_MAX - first ? UINT64_MAX : first + request.chunk_count;
        auto opening = source->open(std::move(request));
        auto body = co_await std::move(opening);
        if (!body) {
            got.error = body.error().code;
            co_return got;
        }
        got.head = (*body)->head();
        for (auto index = first; index < end && index - first < chunks; ++index) {
            auto asking = (*body)->chunk(base::ChunkIndex{index});
            auto served = co_await std::move(asking);
            if (!served) {
                got.error = served.error().code;
                break;
            }
            if (!served->chunk) break;
            got.body += base::text_of(base::ByteView{served->chunk->bytes});
            got.sources.push_back(served->source);
            got.hashes.push_back(served->chunk->hash);
        }
        got.last = (*body)->final_head();
        co_return got;
    }

    Got get(FetchRequest wanted, std::uint64_t chunks = UINT64_MAX) {
        auto fetching = fetch(std::move(wanted), chunks);
        return await(io, std::move(fetching));
    }
    Got get(const std::string& url, ferry::content::Headers headers = {}) {
        return get(request(url, std::move(headers)));
    }

    std::unique_ptr<OpenBody> open(FetchRequest wanted) {
        auto opening = source->open(std::move(wanted));
        auto body = await(io, std::move(opening));
        return std::move(body).value();
    }
    base::Result<ServedChunk> chunk(OpenBody& body, std::uint64_t index) {
        auto asking = body.chunk(base::ChunkIndex{index});
        return await(io, std::move(asking));
    }

    /// Whatever can happen without waiting for anything.
    void run_ready() {
        io.restart();
        while (io.poll() > 0) {
        }
    }
    /// Until `done`.
    template <typename Done>
    void run_until(Done done) {
        io.restart();
        while (!done())
            io.run_one();
    }

    asio::io_context io{1};
    Shared& shared;
    exit::test::ScriptedResolver resolver;
    base::Time now = base::Time::from_seconds(1'800'000'000);
    std::optional<ContentSource> source;
};

}  // namespace ferry::relay::content::test
