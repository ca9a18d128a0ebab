#pragma once
// Result<T> and Error: how every layer reports what went wrong. Policy looks only at the kind; people read the message; scripts and
// metrics use the code.

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace ferry::base {

enum class ErrorKind {
  refusal,      ///< a rule said no (price, policy, credit, budget): the other side may change something and ask again
  peer_fault,   ///< the other side broke the protocol or lied: close, count, do not retry the same way
  environment,  ///< disk, network, clock, chain: may pass by itself or by the user's doing
  bug,          ///< our own invariant is broken
};

std::string_view to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::bug;
  std::string code;     ///< stable, snake_case, e.g. "voucher_not_above_last"
  std::string message;  ///< what happened and what to do; bounded; never holds a secret

  friend bool operator==(const Error&, const Error&) = default;
};

Error refusal(std::string code, std::string message);
Error peer_fault(std::string code, std::string message);
Error environment(std::string code, std::string message);
Error bug(std::string code, std::string message);

template <typename T>
using Result = tl::expected<T, Error>;

using Unexpected = tl::unexpected<Error>;

/// `return fail(peer_fault("code", "message"));` from a function that returns any Result.
inline Unexpected fail(Error error) { return Unexpected{std::move(error)}; }

/// Peer text made safe to show: at most `limit` bytes, printable ASCII, the rest replaced by '?'.
std::string printable(std::string_view text, std::size_t limit = 200);

}  // namespace ferry::base

/// Runs an expression that gives a Result; on error returns it from this function, else yields the value into `decl`.
#define FERRY_CONCAT_INNER(a, b) a##b
#define FERRY_CONCAT(a, b) FERRY_CONCAT_INNER(a, b)
#define FERRY_TRY_INNER(tmp, decl, expression)                          \
  auto tmp = (expression);                                              \
  if (!tmp) return ::ferry::base::fail(std::move(tmp).error());         \
  decl = std::move(*tmp)
#define FERRY_TRY(decl, expression) FERRY_TRY_INNER(FERRY_CONCAT(ferry_try_, __LINE__), decl, expression)
/// The same for Result<void> or when the value is not wanted.
#define FERRY_CHECK(expression)                                                                           \
  if (auto ferry_check = (expression); !ferry_check) return ::ferry::base::fail(std::move(ferry_check).error())
