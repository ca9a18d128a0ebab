#pragma once
// A quote as ferry.h shows it: prices, what is known of the object, the estimate and what it assumes.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pricing/quote.hpp"

namespace ferry::client {

nlohmann::json quote_json(const std::string& relay, const pricing::Quote& quote);

}  // namespace ferry::client
