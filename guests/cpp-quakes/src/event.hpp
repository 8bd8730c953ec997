// An event as the survey publishes it, as far as it is of interest.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "json.hpp"

struct Event {
    std::string id;
    double magnitude = 0;
    std::optional<std::string> magnitude_type;
    // Where it was, for people: `50km NNW of Sangiang, Indonesia`.
    std::string place;
    // Milliseconds since the Unix epoch; negative before.
    int64_t time_ms = 0;
    // The seismic network that reports it.
    std::string network;
    int64_t tsunami = 0;
    // `earthquake`, `explosion`, `quarry blast`.
    std::optional<std::string> kind;
    // Degrees east, degrees north, kilometres down.
    std::array<double, 3> coordinates{};

    // Reads the event in a line of JSON; nothing if it is none, and `in` tells the mistake.
    static std::optional<Event> read(json::Reader &in);

    // The country, state or sea: what follows the last comma of the place.
    std::string_view region() const;
};
