// What goes out for an event.
#pragma once

#include "event.hpp"

struct Alert {
    // Under it, it goes out: its region, as long as a key may be.
    std::string_view key;
    // One line for people: `M 5.3, 50km NNW of Sangiang, Indonesia: shallow earthquake, ...`.
    std::string summary;
    // An object for programs.
    std::string json;

    // What is to be told of `event`, which must outlive it.
    explicit Alert(const Event &event);
};
