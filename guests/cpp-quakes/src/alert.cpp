#include "alert.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "utf8.hpp"

namespace {

// The longest partition key, in characters.
constexpr size_t key_chars_max = 256;

// In the manner of `printf`, for what is no longer than a number (309 digits) or a moment.
template <typename... Arguments>
std::string format(const char *how, Arguments... arguments) {
    char text[400];
    int len = std::snprintf(text, sizeof text, how, arguments...);
    return std::string(text, static_cast<size_t>(len));
}

// The energy that was radiated, by Gutenberg and Richter: log10 E = 4.8 + 1.5 M, to three digits.
double energy_joules(double magnitude) {
    double exponent = 4.8 + 1.5 * magnitude;
    if (!std::isfinite(exponent)) return std::pow(10, exponent);
    double scale = std::floor(exponent);
    // What is left after the scale lies between 1 and 10, where rounding means the same on every system.
    double digits = std::round(std::pow(10, exponent - scale) * 100) / 100;
    return std::strtod(format("%.2fe%.0f", digits, scale).c_str(), nullptr);
}

// The three classes of the survey.
const char *depth_class(double depth_km) {
    return depth_km < 70 ? "shallow" : depth_km < 300 ? "intermediate" : "deep";
}

// A moment in UTC. `std::chrono` has years of 16 bits, a time that somebody claims has more.
struct Moment {
    long long year;
    int month, day, ms_of_day;

    explicit Moment(int64_t unix_ms) {
        constexpr int64_t ms_in_day = 86'400'000, days_in_era = 146'097, years_in_era = 400;
        auto floor = [](int64_t number, int64_t by) { return number / by - (number % by < 0); };
        int64_t days = floor(unix_ms, ms_in_day), eras = floor(days, days_in_era);
        std::chrono::sys_days in_era{std::chrono::days(days - eras * days_in_era)};
        std::chrono::year_month_day date(in_era);
        year = int(date.year()) + eras * years_in_era;
        month = static_cast<int>(unsigned(date.month()));
        day = static_cast<int>(unsigned(date.day()));
        ms_of_day = static_cast<int>(unix_ms - days * ms_in_day);
    }

    std::string date() const { return format("%04lld-%02d-%02d", year, month, day); }
    std::string minute() const { return format("%02d:%02d", ms_of_day / 3'600'000, ms_of_day / 60'000 % 60); }
    std::string second() const { return format(":%02d.%03d", ms_of_day / 1000 % 60, ms_of_day % 1000); }
};

}  // namespace

Alert::Alert(const Event &event) : key(utf8::prefix(event.region(), key_chars_max)) {
    auto [longitude, latitude, depth_km] = event.coordinates;
    std::string kind = event.kind.value_or("earthquake"), depth = depth_class(depth_km);
    Moment time(event.time_ms);
    summary = format("M %.1f, ", event.magnitude) + event.place + ": " + depth + " " + kind +
              format(", %.0f km down, ", depth_km) + time.date() + " " + time.minute() + " UTC";
    auto member = [&](const char *name, const auto &value) {
        json.append(json.empty() ? "{\"" : ",\"").append(name).append("\":");
        json::write(json, value);
    };
    member("id", event.id);
    member("time", time.date() + "T" + time.minute() + time.second() + "Z");
    member("kind", kind);
    member("magnitude", event.magnitude);
    if (event.magnitude_type) member("magnitudeType", *event.magnitude_type);
    member("energyJoules", energy_joules(event.magnitude));
    member("place", event.place);
    member("region", event.region());
    member("network", event.network);
    member("longitude", longitude);
    member("latitude", latitude);
    member("depthKm", depth_km);
    member("depth", depth);
    json.append(",\"tsunami\":").append(event.tsunami != 0 ? "true" : "false");
    member("summary", summary);
    json.push_back('}');
}
