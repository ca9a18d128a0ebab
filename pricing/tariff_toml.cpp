// The tariff as an operator writes it. toml++ and its exceptions stay in this file.

#include "pricing/tariff.hpp"

#include <toml++/toml.h>

#include <array>
#include <exception>
#include <string>

namespace ferry::pricing {

namespace {

using base::Amount;
using base::Result;

constexpr std::size_t kMaxText = 64 * 1024;
/// Long enough for a path or a message, short enough for a log line.
constexpr std::size_t kShown = 300;

struct Entry {
    std::string_view key;
    Amount Tariff::*price;
};

constexpr std::array<Entry, 7> kEntries{{{"hit", &Tariff::hit},
                                         {"miss", &Tariff::miss},
                                         {"tunnel_down", &Tariff::tunnel_down},
                                         {"tunnel_up", &Tariff::tunnel_up},
                                         {"per_request", &Tariff::per_request},
                                         {"min", &Tariff::min},
                                         {"max", &Tariff::max}}};

const Entry* find_entry(std::string_view key) {
    for (const Entry& entry : kEntries) {
        if (entry.key == key) return &entry;
    }
    return nullptr;
}

/// "file:line:column: what"
std::string at(std::string_view source_name, const toml::source_position& position, std::string_view what) {
    return base::printable(source_name, kShown) + ":" + std::to_string(position.line) + ":" +
           std::to_string(position.column) + ": " + base::printable(what, kShown);
}

base::Unexpected refuse_tariff(const char* code, std::string message) {
    return base::fail(base::refusal(code, std::move(message)));
}

Result<Amount> read_price(std::string_view key, const toml::node& node, std::string_view source_name) {
    const toml::source_position position = node.source().begin;
    const toml::value<std::string>* text = node.as_string();
    if (text == nullptr) {
        return refuse_tariff("tariff_type",
                      at(source_name, position,
                         "'" + std::string{key} + "' must be a decimal text in BTT, for example \"0.5\""));
    }
    const auto price = Amount::parse_btt(text->get());
    if (!price) return refuse_tariff("tariff_amount", at(source_name, position, price.error().message));
    return *price;
}

Result<Tariff> read_table(const toml::table& table, std::string_view source_name) {
    Tariff tariff = Tariff::standard();
    for (const auto& [key, node] : table) {
        const Entry* entry = find_entry(key.str());
        if (entry == nullptr) {
            const std::string what = "unknown key '" + base::printable(key.str(), 60) +
                                     "'; known are hit, miss, tunnel_down, tunnel_up, per_request, min, max";
            return refuse_tariff("tariff_unknown_key", at(source_name, key.source().begin, what));
        }
        FERRY_TRY(tariff.*entry->price, read_price(entry->key, node, source_name));
    }
    FERRY_CHECK(check(tariff));
    return tariff;
}

}  // namespace

Result<Tariff> parse_tariff_toml(std::string_view text, std::string_view source_name) {
    if (text.size() > kMaxText) {
        return refuse_tariff("tariff_too_long",
                      base::printable(source_name, kShown) + ": a tariff has at most 64 KiB");
    }
    try {
        return read_table(toml::parse(text), source_name);
    } catch (const toml::parse_error& error) {
        return refuse_tariff("tariff_syntax", at(source_name, error.source().begin, error.description()));
    } catch (const std::exception& error) {
        return refuse_tariff("tariff_syntax",
                      base::printable(source_name, kShown) + ": " + base::printable(error.what()));
    }
}

}  // namespace ferry::pricing
