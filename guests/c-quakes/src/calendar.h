// Moments as people write them. There is no clock here: times come from records.
#ifndef CALENDAR_H
#define CALENDAR_H

#include <stdint.h>

// A moment in UTC.
typedef struct {
    long long year;
    int month, day, hour, minute, second, ms;
} moment;

// The moment so many milliseconds after the Unix epoch.
moment moment_of(int64_t unix_ms);

#endif
