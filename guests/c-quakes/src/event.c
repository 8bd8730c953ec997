#include "event.h"

#include <string.h>

// The fields that are read, in the order of `names`.
enum field { ID, MAGNITUDE, MAGNITUDE_TYPE, PLACE, TIME, NETWORK, TSUNAMI, KIND, COORDINATES, FIELDS };

static const char *const names[FIELDS] = {
    "id", "mag", "magType", "place", "time", "net", "tsunami", "type", "coordinates",
};

static const char *const missing[FIELDS] = {
    [ID] = "`id` is missing",           [MAGNITUDE] = "`mag` is missing", [PLACE] = "`place` is missing",
    [TIME] = "`time` is missing",       [NETWORK] = "`net` is missing",   [COORDINATES] = "`coordinates` is missing",
};

static bool is(sm_text text, const char *wanted) {
    return text.len == strlen(wanted) && memcmp(text.at, wanted, text.len) == 0;
}

static enum field field_of(sm_text name) {
    enum field field = 0;
    while (field < FIELDS && !is(name, names[field])) field++;
    return field;
}

static bool coordinates(sm_json *in, double out[3]) {
    if (!sm_json_enter(in, '[')) return false;
    int count = 0;
    while (sm_json_next(in, ']', &count)) {
        if (count > 3) return sm_json_wrong(in, "`coordinates` has more than three numbers");
        if (!sm_json_number(in, &out[count - 1])) return false;
    }
    return count == 3 || sm_json_wrong(in, "`coordinates` has less than three numbers");
}

static bool value(sm_json *in, enum field field, event *out) {
    switch (field) {
        case ID: return sm_json_text(in, &out->id);
        case MAGNITUDE: return sm_json_number(in, &out->magnitude);
        case MAGNITUDE_TYPE: return sm_json_is_null(in) || sm_json_text(in, &out->magnitude_type);
        case PLACE: return sm_json_text(in, &out->place);
        case TIME: return sm_json_integer(in, INT64_MIN, INT64_MAX, &out->time_ms);
        case NETWORK: return sm_json_text(in, &out->network);
        case TSUNAMI: return sm_json_integer(in, 0, UINT8_MAX, &out->tsunami);
        case KIND: return sm_json_is_null(in) || sm_json_text(in, &out->kind);
        case COORDINATES: return coordinates(in, out->coordinates);
        case FIELDS: break;
    }
    return sm_json_skip(in);
}

bool event_read(sm_json *in, event *out) {
    *out = (event){0};
    if (!sm_json_enter(in, '{')) return false;
    bool seen[FIELDS + 1] = {false};
    for (int count = 0; sm_json_next(in, '}', &count);) {
        sm_text name;
        if (!sm_json_name(in, &name)) return false;
        enum field field = field_of(name);
        if (field != FIELDS && seen[field]) return sm_json_wrong(in, "a field is there twice");
        seen[field] = true;
        if (!value(in, field, out)) return false;
    }
    for (enum field field = 0; field < FIELDS; field++) {
        if (missing[field] != NULL && !seen[field]) return sm_json_wrong(in, missing[field]);
    }
    return sm_json_end(in);
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

sm_text event_region(const event *of) {
    const char *start = of->place.at, *end = start + of->place.len;
    for (const char *at = start; at < end; at++) {
        if (*at == ',') start = at + 1;
    }
    while (start < end && is_space(*start)) start++;
    while (start < end && is_space(end[-1])) end--;
    return start < end ? (sm_text){start, (size_t)(end - start)} : of->network;
}
