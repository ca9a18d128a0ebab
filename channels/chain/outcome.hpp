#pragma once
// How a Result becomes an Outcome, the same for every backend: what a later attempt might change is unknown for a transaction, and merely a
// failure for a question.

#include <utility>

#include "channels/chain/chain_backend.hpp"

namespace ferry::chain {

/// The answer to a question. Asking again is harmless, so every error is a failure.
template <typename T>
Outcome<T> answered(base::Result<T> result) {
  if (result) return Outcome<T>::ok(std::move(*result));
  return Outcome<T>::failed(std::move(result).error());
}

/// The fate of something that may have taken effect or may still do so. Only a refusal, or the word that the bytes are no transaction, is
/// final for them.
template <typename T>
Outcome<T> fate(base::Result<T> result) {
  if (result) return Outcome<T>::ok(std::move(*result));
  const auto kind = result.error().kind;
  if (kind == base::ErrorKind::refusal || kind == base::ErrorKind::peer_fault) return Outcome<T>::failed(std::move(result).error());
  return Outcome<T>::unknown(std::move(result).error());
}

}  // namespace ferry::chain
