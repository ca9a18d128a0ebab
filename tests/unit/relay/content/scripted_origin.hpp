#pragma once
// A web server on loopback that does what a test's script says, true or false: for tests of the relay's way
// to origins. It runs on the test's io_context and keeps what it was asked.

#include "relay/content/field_text.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ferry::relay::content::test {

namespace asio = boost::asio;

/// Something that a script waits for and a test lets happen.
class Gate {
  public:
    explicit Gate(asio::io_context& io) : timer_(io) {
        timer_.expires_at(asio::steady_timer::time_point::max());
    }
    void open() {
        open_ = true;
        timer_.cancel();
    }
    asio::awaitable<void> wait() {
        boost::system::error_code ignored;
        if (!open_) co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

  private:
    asio::steady_timer timer_;
    bool open_ = false;
};

struct Asked {
    std::string method, target;
    std::vector<std::pair<std::string, std::string>> fields;  // names in lower case
    int connection = 0;

    std::string field(const std::string& name) const {
        for (const auto& [each, value] : fields) {
            if (each == name) return value;
        }
        return {};
    }
};

struct Step {
    std::string send;            // first this
    std::shared_ptr<Gate> wait;  // then wait for this
    bool forever = false;        // send again and again until the peer leaves
};

struct Script {
    std::vector<Step> steps;
    bool close = false;

    Script() = default;
    Script(std::string text) {
        steps.push_back(Step{std::move(text), nullptr, false});
    }  // NOLINT: reads better
    Script then(std::string text) && {
        steps.push_back(Step{std::move(text), nullptr, false});
        return std::move(*this);
    }
    Script then_wait(std::shared_ptr<Gate> gate) && {
        steps.push_back(Step{{}, std::move(gate), false});
        return std::move(*this);
    }
    Script then_forever(std::string text) && {
        steps.push_back(Step{std::move(text), nullptr, true});
        return std::move(*this);
    }
    Script then_close() && {
        close = true;
        return std::move(*this);
    }
};

class ScriptedOrigin {
  public:
    using Answer = std::function<Script(const Asked&)>;

    ScriptedOrigin(asio::io_context& io, Answer answer)
        : state_(std::make_shared<State>(io, std::move(answer))) {
        auto accepting = accept(state_);
        asio::co_spawn(io, std::move(accepting), asio::detached);
    }
    ~ScriptedOrigin() {
        boost::system::error_code ignored;
        state_->acceptor.close(ignored);
        for (const auto& socket : state_->sockets)
            socket->close(ignored);
        // What it calls may go before the coroutines do.
        state_->answer = nullptr;
    }
    ScriptedOrigin(const ScriptedOrigin&) = delete;
    ScriptedOrigin& operator=(const ScriptedOrigin&) = delete;

    std::uint16_t port() const { return state_->acceptor.local_endpoint().port(); }
    std::string url(const std::string& path, const std::string& host = "127.0.0.1") const {
        return "http://" + host + ":" + std::to_string(port()) + path;
    }

  private:
    using Socket = asio::ip::tcp::socket;

    struct State {
        State(asio::io_context& context, Answer with)
            : io(context),
              acceptor(context, {asio::ip::address_v4::loopback(), 0}),
              answer(std::move(with)) {}

        asio::io_context& io;
        asio::ip::tcp::acceptor acceptor;
        Answer answer;
        std::vector<std::shared_ptr<Socket>> sockets;
        std::vector<Asked> asked;
        std::uint64_t bytes_sent = 0;
        int connections = 0;
    };
    using StatePtr = std::shared_ptr<State>;

    static asio::awaitable<void> accept(StatePtr state) {
        for (;;) {
            boost::system::error_code error;
            auto socket = std::make_shared<Socket>(state->io);
            co_await state->acceptor.async_accept(*socket, asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            state->sockets.push_back(socket);
            auto serving = serve(state, socket, ++state->connections);
            asio::co_spawn(state->io, std::move(serving), asio::detached);
        }
    }

    static asio::awaitable<void> serve(StatePtr state, std::shared_ptr<Socket> socket, int connection) {
        std::string buffer;
        for (;;) {
            boost::system::error_code error;
            const auto size =
                co_await asio::async_read_until(*socket, asio::dynamic_buffer(buffer), "\r\n\r\n",
                                                asio::redirect_error(asio::use_awaitable, error));
            if (error || !state->answer) co_return;
            auto request = parse(buffer.substr(0, size), connection);
            buffer.erase(0, size);
            state->asked.push_back(request);
            auto script = state->answer(request);
            auto playing = play(state, socket, std::move(script.steps));
            const bool sent = co_await std::move(playing);
            if (!sent || script.close) break;
        }
        boost::system::error_code ignored;
        socket->shutdown(Socket::shutdown_both, ignored);
        socket->close(ignored);
    }

    static asio::awaitable<bool> play(StatePtr state, std::shared_ptr<Socket> socket,
                                      std::vector<Step> steps) {
        for (auto& step : steps) {
            do {
                boost::system::error_code error;
                state->bytes_sent += co_await asio::async_write(
                    *socket, asio::buffer(step.send), asio::redirect_error(asio::use_awaitable, error));
                if (error) co_return false;
            } while (step.forever);
            if (step.wait) co_await step.wait->wait();
        }
        co_return true;
    }

    static Asked parse(const std::string& head, int connection) {
        Asked request;
        request.connection = connection;
        std::size_t at = head.find("\r\n");
        const auto line = head.substr(0, at);
        request.method = line.substr(0, line.find(' '));
        request.target = line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1);
        for (at += 2; at < head.size();) {
            const auto end = head.find("\r\n", at);
            const auto field = head.substr(at, end - at);
            at = end + 2;
            const auto colon = field.find(':');
            if (colon != std::string::npos) {
                request.fields.emplace_back(lower_case(field.substr(0, colon)),
                                            std::string(trimmed(field.substr(colon + 1))));
            }
        }
        return request;
    }

    StatePtr state_;

  public:
    const std::vector<Asked>& asked = state_->asked;
    const std::uint64_t& bytes_sent = state_->bytes_sent;
    const int& connections = state_->connections;
};

/// `size` bytes that differ from block to block, and with `seed`.
inline std::string body_of(std::size_t size, unsigned seed = 1) {
    std::string body(size, '\0');
    std::uint64_t state = 0x9e3779b97f4a7c15ULL * (seed + 1);
    for (auto& c : body) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        c = static_cast<char>(state & 0xffU);
    }
    return body;
}

inline std::string reply(const std::string& status, const std::string& fields, const std::string& body) {
    return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

/// A well-behaved file: ranges, If-Range, conditions. `fields` hold the validator and what else is wanted.
inline Script file(const Asked& asked, const std::string& body, const std::string& etag,
                   const std::string& fields = {}) {
    const std::string all = (etag.empty() ? "" : "ETag: " + etag + "\r\n") + fields;
    if (!etag.empty() && asked.field("if-none-match") == etag)
        return Script("HTTP/1.1 304 Not Modified\r\n" + all + "\r\n");
    const auto range = asked.field("range");
    const auto if_range = asked.field("if-range");
    const bool part =
        range.starts_with("bytes=") && (if_range.empty() || if_range == etag ||
                                        fields.find("Last-Modified: " + if_range) != std::string::npos);
    if (!part) {
        if (asked.method == "HEAD")
            return Script("HTTP/1.1 200 OK\r\n" + all + "Content-Length: " + std::to_string(body.size()) +
                          "\r\n\r\n");
        return Script(reply("200 OK", all, body));
    }
    const auto first = std::stoull(range.substr(6));
    const auto last =
        std::min<std::uint64_t>(std::stoull(range.substr(range.find('-') + 1)), body.size() - 1);
    const auto total = std::to_string(body.size());
    if (first >= body.size())
        return Script(reply("416 Range Not Satisfiable", "Content-Range: bytes */" + total + "\r\n", ""));
    return Script(reply("206 Partial Content",
                        all + "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(last) +
                            "/" + total + "\r\n",
                        body.substr(first, last - first + 1)));
}

}  // namespace ferry::relay::content::test
