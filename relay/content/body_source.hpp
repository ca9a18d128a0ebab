#pragma once
// BodySource: where bytes come from when the cache has none. The origin is one; a relay that sells to relays
// can be another. What is asked and what the answer means is decided by those who use it.

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/url.hpp"
#include "protocol/content/manifest.hpp"
#include "relay/content/response_head.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace ferry::relay::content {

/// Lets the one who asked give up while the answer is still awaited. One thread.
struct GiveUp {
    bool given_up = false;
    std::function<void()> wake;  ///< set by who can be hurried

    void now() {
        given_up = true;
        if (const auto call = std::exchange(wake, nullptr)) call();
    }
};

struct SourceRequest {
    std::string method = "GET";
    base::Url url;
    ferry::content::Headers fields;   ///< all that is sent besides Host
    std::shared_ptr<GiveUp> give_up;  ///< may be null
};

enum class Taken { all, none, stop };

class BodySink {
  public:
    /// all: go on. none: nothing was taken, the stream pauses until resume(). stop: no more is wanted; end()
    /// is still called.
    virtual Taken take(base::ByteView bytes) = 0;
    /// Once, the last call. The stream may be destroyed in it.
    virtual void end(base::Result<void> outcome) = 0;

  protected:
    ~BodySink() = default;
};

/// One answer. Threads: the worker's. Destroying it ends the transfer; not from within take().
class SourceStream {
  public:
    SourceStream() = default;
    SourceStream(const SourceStream&) = delete;
    SourceStream& operator=(const SourceStream&) = delete;
    virtual ~SourceStream() = default;

    virtual const ResponseHead& head() const = 0;
    /// Once. Calls to `sink` may come before it returns. Lifetime: `sink` until end().
    virtual void deliver_to(BodySink& sink) = 0;
    virtual void resume() = 0;
};

class BodySource {
  public:
    BodySource() = default;
    BodySource(const BodySource&) = delete;
    BodySource& operator=(const BodySource&) = delete;
    virtual ~BodySource() = default;

    /// Waits for the head. Every HTTP status is a success. Errors: see ContentSource::open().
    virtual boost::asio::awaitable<base::Result<std::unique_ptr<SourceStream>>> ask(
        SourceRequest request) = 0;

    /// Ends what is under way; nothing can be asked any more.
    virtual void stop() = 0;
};

}  // namespace ferry::relay::content
