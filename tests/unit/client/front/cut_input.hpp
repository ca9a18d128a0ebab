#pragma once
// An app's bytes given to the proxy's front in pieces, and what came of it: how a test or a fuzz target sees that cuts change nothing.

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/front/http_head_reader.hpp"
#include "client/front/request_body.hpp"
#include "client/front/socks_handshake.hpp"

namespace ferry::client {

/// How many bytes come next; at least 1.
using Cut = std::function<std::size_t()>;

inline Cut pieces_of(std::size_t size) {
  return [size] { return size; };
}

/// Every cut that each test is run with; the first is none at all.
inline std::vector<Cut> usual_cuts() { return {pieces_of(SIZE_MAX), pieces_of(1), pieces_of(2), pieces_of(3), pieces_of(7)}; }

struct SocksOutcome {
  base::Bytes reply;
  std::string destination;  ///< empty unless there is a request
  std::string user;
  std::string refused;      ///< code
  base::Bytes left;         ///< early data
  bool is_waiting = true;
  friend bool operator==(const SocksOutcome&, const SocksOutcome&) = default;
};

inline SocksOutcome socks_outcome(const std::optional<Credentials>& required, base::ByteView bytes, const Cut& cut) {
  SocksHandshake handshake(required);
  SocksOutcome outcome;
  while (!bytes.empty() && outcome.is_waiting) {
    const auto piece = bytes.first(std::min(cut(), bytes.size()));
    const auto step = handshake.feed(piece);
    outcome.reply.insert(outcome.reply.end(), step.reply.begin(), step.reply.end());
    bytes = bytes.subspan(step.consumed);
    outcome.is_waiting = !step.request && !step.refused;
    if (step.request) {
      outcome.destination = step.request->destination.to_string();
      outcome.user = step.request->user;
    }
    if (step.refused) outcome.refused = step.refused->code;
  }
  outcome.left.assign(bytes.begin(), bytes.end());
  return outcome;
}

/// One request and the bytes of its body.
struct HttpExchange {
  HttpRequestHead head;
  std::string body;
};

struct HttpOutcome {
  std::vector<HttpExchange> requests;   ///< those that are complete
  std::optional<base::Error> error;
  std::string left;                     ///< what follows a CONNECT
  bool is_idle = true;                  ///< the last byte ended a request
};

/// Reads requests one after the other until an error, a CONNECT or the end.
inline HttpOutcome http_outcome(base::ByteView bytes, const Cut& cut) {
  HttpOutcome outcome;
  HttpHeadReader reader;
  std::optional<RequestBody> body;
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(cut(), bytes.size()));
    const auto used = body ? body->take(piece) : reader.feed(piece);
    if (!used) {
      outcome.error = used.error();
      if (body) outcome.requests.pop_back();
      return outcome;
    }
    if (body) outcome.requests.back().body += base::text_of(piece.first(*used));
    bytes = bytes.subspan(*used);
    if (reader.is_complete()) {
      outcome.requests.push_back({reader.take(), {}});
      body.emplace(outcome.requests.back().head);
    }
    if (body && body->is_done()) {
      body.reset();
      if (outcome.requests.back().head.target.form == TargetForm::authority) break;
    }
  }
  outcome.left = base::text_of(bytes);
  outcome.is_idle = !body && reader.is_idle();
  if (body) outcome.requests.pop_back();
  return outcome;
}

/// All of an outcome as text, to compare two.
inline std::string text_of(const HttpOutcome& outcome) {
  std::string out;
  for (const auto& [head, body] : outcome.requests) {
    out += head.method + ' ' + head.target.text + ' ' + std::to_string(head.minor_version) + '\n';
    if (head.target.destination) out += head.target.destination->to_string() + '\n';
    for (const auto& field : head.fields) out += field.name + '|' + field.lower + '|' + field.value + '\n';
    out += std::to_string(head.is_chunked) + std::to_string(head.content_length.value_or(0)) + '\n' + body + '\n';
  }
  return out + (outcome.error ? outcome.error->code + outcome.error->message : "") + '\n' + outcome.left + (outcome.is_idle ? ".idle" : ".waiting");
}

}  // namespace ferry::client
