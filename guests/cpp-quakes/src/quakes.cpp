// Earthquakes worth knowing: a function on a stream of the U.S. Geological Survey's events, one JSON object a record,
// as in `examples/earthquakes`.
//
// Events below `MIN_MAGNITUDE` (2.5 if not set) are left out. The others go out under their region as partition key,
// smaller and with what a reader wants to know. Records that are no such event are left out, too, with the reason in
// the log; with `STRICT=true` they have failed. `guests/rust-quakes` gives the same records for the same events.

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "alert.hpp"
#include "shardmill.h"

namespace {

// From here on people far away feel it; it is worth a line in the log.
constexpr double notable_magnitude = 6.0;

// What the function's environment says.
struct Settings {
    double min_magnitude = 2.5;
    bool is_strict = false;
};

std::string_view view(const transform_string_t &text) {
    return {reinterpret_cast<const char *>(text.ptr), text.len};
}

// The value of a variable; nothing if it is not set or empty.
std::optional<std::string> variable(const char *name) {
    char *value = sm_config(name);
    if (value == nullptr) return std::nullopt;
    std::string copy(value);
    std::free(value);
    return copy;
}

bool parse_magnitude(const std::string &text, double &out) {
    char *end;
    out = std::strtod(text.c_str(), &end);
    // As `strtod` sees it, spaces may come first and NaN is a number.
    return std::strchr("+-.0123456789", text[0]) != nullptr && *end == '\0' && !std::isnan(out);
}

std::optional<Settings> read_settings(sm_failure *failure) {
    Settings settings;
    if (auto text = variable("MIN_MAGNITUDE"); text && !parse_magnitude(*text, settings.min_magnitude)) {
        sm_fail(failure, "variable MIN_MAGNITUDE is `%s`: that is no number", text->c_str());
        return std::nullopt;
    }
    if (auto text = variable("STRICT")) {
        settings.is_strict = *text == "true";
        if (!settings.is_strict && *text != "false") {
            sm_fail(failure, "variable STRICT is `%s`: that is neither `true` nor `false`", text->c_str());
            return std::nullopt;
        }
    }
    return settings;
}

void reject(const sm_event &record, uint32_t index, const json::Reader &in, bool is_strict, sm_reply *reply) {
    std::string why = std::string(in.mistake()) + " at byte " + std::to_string(in.at() + 1);
    std::string sequence(view(record.sequence));
    sm_log(SHARDMILL_GUEST_LOG_LEVEL_WARN, "record %s: %s", sequence.c_str(), why.c_str());
    (is_strict ? sm_reply_fail : sm_reply_drop)(reply, index, why.c_str());
}

void emit(const Alert &alert, uint32_t index, sm_reply *reply) {
    // The reply's data is freed with `free`.
    auto *data = static_cast<uint8_t *>(sm_realloc(nullptr, alert.json.size()));
    std::memcpy(data, alert.json.data(), alert.json.size());
    sm_reply_emit(reply, index, {alert.key.data(), alert.key.size()}, data, alert.json.size());
}

void one(const sm_event &record, uint32_t index, const Settings &settings, sm_reply *reply) {
    json::Reader in({reinterpret_cast<const char *>(record.data.ptr), record.data.len});
    std::optional<Event> event = Event::read(in);
    if (!event) return reject(record, index, in, settings.is_strict, reply);
    if (event->magnitude < settings.min_magnitude) return sm_reply_drop(reply, index, "magnitude below the minimum");
    Alert alert(*event);
    if (event->magnitude >= notable_magnitude) sm_log(SHARDMILL_GUEST_LOG_LEVEL_INFO, "%s", alert.summary.c_str());
    emit(alert, index, reply);
}

}  // namespace

bool exports_shardmill_guest_transformer_handle(sm_batch *batch, sm_reply *reply, sm_failure *failure) {
    std::optional<Settings> settings = read_settings(failure);
    if (settings) {
        *reply = sm_reply_new();
        for (size_t i = 0; i < batch->records.len; i++) {
            one(batch->records.ptr[i], static_cast<uint32_t>(i), *settings, reply);
        }
        sm_log(SHARDMILL_GUEST_LOG_LEVEL_DEBUG, "%zu of %zu events have magnitude %g or more", reply->emits.len,
               batch->records.len, settings->min_magnitude);
    }
    exports_shardmill_guest_transformer_batch_free(batch);
    return settings.has_value();
}
