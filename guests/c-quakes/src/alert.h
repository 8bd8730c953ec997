// What goes out for an event.
#ifndef ALERT_H
#define ALERT_H

#include "event.h"

// One line for people, ended by a zero: `M 5.3, 50km NNW of Sangiang, Indonesia: shallow earthquake, ...`.
void alert_summary(sm_buffer *out, const event *of);

// An event for its readers, as JSON.
void alert_json(sm_buffer *out, const event *of, const sm_buffer *summary);

// The partition key: its region, as long as a key may be.
sm_text alert_key(const event *of);

#endif
