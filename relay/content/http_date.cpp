#include "relay/content/http_date.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace ferry::relay::content {

using std::string_view_literals::operator""sv;

namespace {

constexpr std::array kMonths{"Jan"sv, "Feb"sv, "Mar"sv, "Apr"sv, "May"sv, "Jun"sv,
                             "Jul"sv, "Aug"sv, "Sep"sv, "Oct"sv, "Nov"sv, "Dec"sv};
constexpr std::array kDays{"Sun"sv, "Mon"sv, "Tue"sv, "Wed"sv, "Thu"sv, "Fri"sv, "Sat"sv};
constexpr std::array kLongDays{"Sunday"sv,   "Monday"sv, "Tuesday"sv, "Wednesday"sv,
                               "Thursday"sv, "Friday"sv, "Saturday"sv};

/// Reads a text from its start; the first thing that does not fit makes the whole fail.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    void literal(std::string_view wanted) {
        if (!rest_.starts_with(wanted)) return fail();
        rest_.remove_prefix(wanted.size());
    }

    int digits(std::size_t count) {
        if (rest_.size() < count) return fail(), 0;
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const char c = rest_[i];
            if (c < '0' || c > '9') return fail(), 0;
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }

    /// Index of the name that stands here.
    template <std::size_t N>
    int name(const std::array<std::string_view, N>& names) {
        for (std::size_t i = 0; i < N; ++i) {
            if (!rest_.starts_with(names[i])) continue;
            rest_.remove_prefix(names[i].size());
            return static_cast<int>(i);
        }
        return fail(), 0;
    }

    bool next_is(char c) const { return rest_.starts_with(c); }
    bool complete() const { return ok_ && rest_.empty(); }

  private:
    void fail() {
        ok_ = false;
        rest_ = {};
    }

    std::string_view rest_;
    bool ok_ = true;
};

struct Fields {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

void read_clock(Reader& reader, Fields& fields) {
    fields.hour = reader.digits(2);
    reader.literal(":");
    fields.minute = reader.digits(2);
    reader.literal(":");
    fields.second = reader.digits(2);
}

std::optional<base::Time> time_of(const Fields& fields) {
    using namespace std::chrono;
    const year_month_day date{year{fields.year}, month{static_cast<unsigned>(fields.month + 1)},
                              day{static_cast<unsigned>(fields.day)}};
    // 60: a leap second.
    if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) return std::nullopt;
    const auto days = sys_days{date}.time_since_epoch().count();
    return base::Time::from_seconds(std::int64_t{days} * 86'400 + fields.hour * 3'600 + fields.minute * 60 +
                                    fields.second);
}

/// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<base::Time> parse_preferred(std::string_view text) {
    Reader reader(text);
    Fields fields;
    reader.name(kDays);
    reader.literal(", ");
    fields.day = reader.digits(2);
    reader.literal(" ");
    fields.month = reader.name(kMonths);
    reader.literal(" ");
    fields.year = reader.digits(4);
    reader.literal(" ");
    read_clock(reader, fields);
    reader.literal(" GMT");
    return reader.complete() ? time_of(fields) : std::nullopt;
}

/// Sunday, 06-Nov-94 08:49:37 GMT
std::optional<base::Time> parse_rfc850(std::string_view text, base::Time now) {
    Reader reader(text);
    Fields fields;
    reader.name(kLongDays);
    reader.literal(", ");
    fields.day = reader.digits(2);
    reader.literal("-");
    fields.month = reader.name(kMonths);
    reader.literal("-");
    const int two_digits = reader.digits(2);
    reader.literal(" ");
    read_clock(reader, fields);
    reader.literal(" GMT");
    if (!reader.complete()) return std::nullopt;
    using namespace std::chrono;
    const year_month_day today{floor<days>(sys_seconds{seconds{now.unix_seconds()}})};
    const int this_year = static_cast<int>(today.year());
    fields.year = this_year - this_year % 100 + two_digits;
    // More than 50 years ahead means the century before.
    if (fields.year > this_year + 50) fields.year -= 100;
    return time_of(fields);
}

/// Sun Nov  6 08:49:37 1994
std::optional<base::Time> parse_asctime(std::string_view text) {
    Reader reader(text);
    Fields fields;
    reader.name(kDays);
    reader.literal(" ");
    fields.month = reader.name(kMonths);
    reader.literal(" ");
    if (reader.next_is(' ')) {
        reader.literal(" ");
        fields.day = reader.digits(1);
    } else {
        fields.day = reader.digits(2);
    }
    reader.literal(" ");
    read_clock(reader, fields);
    reader.literal(" ");
    fields.year = reader.digits(4);
    return reader.complete() ? time_of(fields) : std::nullopt;
}

std::string padded(long long value, std::size_t width) {
    std::string text = std::to_string(value);
    if (text.size() < width) text.insert(0, width - text.size(), '0');
    return text;
}

}  // namespace

std::optional<base::Time> parse_http_date(std::string_view text, base::Time now) {
    if (const auto time = parse_preferred(text)) return time;
    if (const auto time = parse_rfc850(text, now)) return time;
    return parse_asctime(text);
}

std::string to_http_date(base::Time time) {
    using namespace std::chrono;
    const sys_seconds at{seconds{time.unix_seconds()}};
    const auto midnight = floor<days>(at);
    const year_month_day date{midnight};
    const hh_mm_ss clock{at - midnight};
    std::string text{kDays[weekday{midnight}.c_encoding()]};
    text += ", " + padded(static_cast<unsigned>(date.day()), 2) + " ";
    text += kMonths[static_cast<unsigned>(date.month()) - 1];
    text += " " + padded(static_cast<int>(date.year()), 4) + " " + padded(clock.hours().count(), 2) + ":" +
            padded(clock.minutes().count(), 2) + ":" + padded(clock.seconds().count(), 2) + " GMT";
    return text;
}

}  // namespace ferry::relay::content
