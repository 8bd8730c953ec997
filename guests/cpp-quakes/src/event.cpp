#include "event.hpp"

#include <limits>

namespace {

struct Field {
    std::string_view name;
    // What is said if it is missing; nullptr if it may be.
    const char *missing;
    bool (*read)(json::Reader &, Event &);
};

bool optional(json::Reader &in, std::optional<std::string> &out) {
    return in.is_null() || in.string(out.emplace());
}

bool coordinates(json::Reader &in, Event &event) {
    size_t count = 0;
    bool is_read = in.array([&](size_t index) {
        if (index == event.coordinates.size()) return in.wrong("`coordinates` has more than three numbers");
        count++;
        return in.number(event.coordinates[index]);
    });
    if (!is_read) return false;
    return count == event.coordinates.size() || in.wrong("`coordinates` has less than three numbers");
}

constexpr auto time_min = std::numeric_limits<int64_t>::min(), time_max = std::numeric_limits<int64_t>::max();

constexpr Field fields[] = {
    {"id", "`id` is missing", [](auto &in, auto &event) { return in.string(event.id); }},
    {"mag", "`mag` is missing", [](auto &in, auto &event) { return in.number(event.magnitude); }},
    {"magType", nullptr, [](auto &in, auto &event) { return optional(in, event.magnitude_type); }},
    {"place", "`place` is missing", [](auto &in, auto &event) { return in.string(event.place); }},
    {"time", "`time` is missing", [](auto &in, auto &event) { return in.integer(time_min, time_max, event.time_ms); }},
    {"net", "`net` is missing", [](auto &in, auto &event) { return in.string(event.network); }},
    {"tsunami", nullptr, [](auto &in, auto &event) { return in.integer(0, 255, event.tsunami); }},
    {"type", nullptr, [](auto &in, auto &event) { return optional(in, event.kind); }},
    {"coordinates", "`coordinates` is missing", coordinates},
};

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

std::optional<Event> Event::read(json::Reader &in) {
    Event event;
    bool seen[std::size(fields)] = {};
    in.object([&](const std::string &name) {
        for (size_t i = 0; i < std::size(fields); i++) {
            if (fields[i].name != name) continue;
            if (seen[i]) return in.wrong("a field is there twice");
            seen[i] = true;
            return fields[i].read(in, event);
        }
        return in.skip();
    });
    for (size_t i = 0; i < std::size(fields); i++) {
        if (fields[i].missing != nullptr && !seen[i]) in.wrong(fields[i].missing);
    }
    if (!in.end()) return std::nullopt;
    return event;
}

std::string_view Event::region() const {
    std::string_view region = place;
    if (size_t comma = region.rfind(','); comma != region.npos) region.remove_prefix(comma + 1);
    while (!region.empty() && is_space(region.front())) region.remove_prefix(1);
    while (!region.empty() && is_space(region.back())) region.remove_suffix(1);
    return region.empty() ? std::string_view(network) : region;
}
