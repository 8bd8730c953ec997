// Earthquakes worth knowing: a function on a stream of the U.S. Geological Survey's events, one JSON object a record,
// as in `examples/earthquakes`.
//
// Events below `MIN_MAGNITUDE` (2.5 if not set) are left out. The others go out under their region as partition key,
// smaller and with what a reader wants to know. Records that are no such event are left out, too, with the reason in
// the log; with `STRICT=true` they have failed. `guests/rust-quakes` gives the same records for the same events.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert.h"
#include "shardmill.h"

// From here on people far away feel it; it is worth a line in the log.
static const double NOTABLE_MAGNITUDE = 6.0;

// What the function's environment says.
typedef struct {
    double min_magnitude;
    bool is_strict;
} settings;

static bool parse_magnitude(const char *text, double *out) {
    char *end;
    *out = strtod(text, &end);
    // As `strtod` sees it, spaces may come first and NaN is a number.
    return strchr("+-.0123456789", text[0]) != NULL && *end == '\0' && !isnan(*out);
}

static bool parse_bool(const char *text, bool *out) {
    *out = strcmp(text, "true") == 0;
    return *out || strcmp(text, "false") == 0;
}

static bool read_settings(settings *out, sm_failure *failure) {
    *out = (settings){.min_magnitude = 2.5};
    char *magnitude = sm_config("MIN_MAGNITUDE"), *strict = sm_config("STRICT");
    bool is_number = magnitude == NULL || parse_magnitude(magnitude, &out->min_magnitude);
    bool is_bool = strict == NULL || parse_bool(strict, &out->is_strict);
    if (!is_number) {
        sm_fail(failure, "variable MIN_MAGNITUDE is `%s`: that is no number", magnitude);
    } else if (!is_bool) {
        sm_fail(failure, "variable STRICT is `%s`: that is neither `true` nor `false`", strict);
    }
    free(magnitude);
    free(strict);
    return is_number && is_bool;
}

static void reject(const sm_event *record, uint32_t index, const sm_json *in, bool is_strict, sm_reply *reply) {
    char why[128];
    snprintf(why, sizeof why, "%s at byte %zu", in->mistake, (size_t)(in->at - in->start) + 1);
    sm_log(SHARDMILL_GUEST_LOG_LEVEL_WARN, "record %.*s: %s", (int)record->sequence.len, record->sequence.ptr, why);
    if (is_strict) {
        sm_reply_fail(reply, index, why);
    } else {
        sm_reply_drop(reply, index, why);
    }
}

static void emit(const event *quake, uint32_t index, sm_reply *reply) {
    sm_buffer summary = {0}, data = {0};
    alert_summary(&summary, quake);
    if (quake->magnitude >= NOTABLE_MAGNITUDE) sm_log(SHARDMILL_GUEST_LOG_LEVEL_INFO, "%s", summary.at);
    alert_json(&data, quake, &summary);
    sm_reply_emit(reply, index, alert_key(quake), (uint8_t *)data.at, data.len);
    free(summary.at);
}

static void one(const sm_event *record, uint32_t index, const settings *with, sm_reply *reply) {
    char *line = sm_realloc(NULL, record->data.len + 1);
    memcpy(line, record->data.ptr, record->data.len);
    line[record->data.len] = '\0';
    sm_json in = sm_json_read(line);
    event quake;
    if (!event_read(&in, &quake)) {
        reject(record, index, &in, with->is_strict, reply);
    } else if (quake.magnitude < with->min_magnitude) {
        sm_reply_drop(reply, index, "magnitude below the minimum");
    } else {
        emit(&quake, index, reply);
    }
    free(line);
}

bool exports_shardmill_guest_transformer_handle(sm_batch *batch, sm_reply *reply, sm_failure *failure) {
    settings with;
    bool is_set = read_settings(&with, failure);
    if (is_set) {
        *reply = sm_reply_new();
        for (size_t i = 0; i < batch->records.len; i++) one(&batch->records.ptr[i], (uint32_t)i, &with, reply);
        sm_log(SHARDMILL_GUEST_LOG_LEVEL_DEBUG, "%zu of %zu events have magnitude %g or more", reply->emits.len,
               batch->records.len, with.min_magnitude);
    }
    exports_shardmill_guest_transformer_batch_free(batch);
    return is_set;
}
