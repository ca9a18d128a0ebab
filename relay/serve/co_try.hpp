#pragma once
// FERRY_TRY and FERRY_CHECK for coroutines that give a Result.

#include "protocol/base/result.hpp"

#define FERRY_CO_TRY_INNER(tmp, decl, expression)                     \
  auto tmp = (expression);                                            \
  if (!tmp) co_return ::ferry::base::fail(std::move(tmp).error());    \
  decl = std::move(*tmp)
#define FERRY_CO_TRY(decl, expression) FERRY_CO_TRY_INNER(FERRY_CONCAT(ferry_co_try_, __LINE__), decl, expression)
#define FERRY_CO_CHECK(expression)                                                                            \
  if (auto ferry_co_check = (expression); !ferry_co_check) co_return ::ferry::base::fail(std::move(ferry_co_check).error())
