// An event as the survey publishes it, as far as it is of interest.
#ifndef EVENT_H
#define EVENT_H

#include "json.h"

typedef struct {
    sm_text id;
    double magnitude;
    // `at` is NULL if it is not told.
    sm_text magnitude_type;
    // Where it was, for people: `50km NNW of Sangiang, Indonesia`.
    sm_text place;
    // Milliseconds since the Unix epoch; negative before.
    int64_t time_ms;
    // The seismic network that reports it.
    sm_text network;
    int64_t tsunami;
    // `earthquake`, `explosion`, `quarry blast`; `at` is NULL if it is not told.
    sm_text kind;
    // Degrees east, degrees north, kilometres down.
    double coordinates[3];
} event;

// Reads the event in a line of JSON, into which its texts point. `in` tells the mistake if it is none.
bool event_read(sm_json *in, event *out);

// The country, state or sea: what follows the last comma of the place.
sm_text event_region(const event *of);

#endif
