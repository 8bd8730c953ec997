#include "alert.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "utf8.h"

// The longest partition key, in characters.
enum { KEY_CHARS_MAX = 256 };

// As JSON has it, with the fewest digits that give the number again and at least one decimal.
static void put_json_number(sm_buffer *out, double number) {
    if (!isfinite(number)) return sm_put(out, "null", 4);
    // What was written with up to 15 digits is found again by as many, with zeros behind it; only the smallest numbers
    // have less of them.
    char text[32];
    for (int decimals = fpclassify(number) == FP_SUBNORMAL ? 0 : 14; decimals < 17; decimals++) {
        snprintf(text, sizeof text, "%.*e", decimals, number);
        if (strtod(text, NULL) == number) break;
    }
    char *mark = strchr(text, 'e'), *end = mark;
    while (end[-1] == '0') end--;
    if (end[-1] == '.') end--;
    int exponent = atoi(mark + 1);
    int digits = (int)(end - text) - (text[0] == '-') - (memchr(text, '.', (size_t)(end - text)) != NULL);
    int decimals = digits - 1 - exponent;
    if (exponent >= -5 && exponent <= 15) return sm_putf(out, "%.*f", decimals > 1 ? decimals : 1, number);
    sm_put(out, text, (size_t)(end - text));
    sm_putf(out, "e%+d", exponent);
}

// The energy that was radiated, by Gutenberg and Richter: log10 E = 4.8 + 1.5 M, to three digits.
static double energy_joules(double magnitude) {
    double exponent = 4.8 + 1.5 * magnitude;
    if (!isfinite(exponent)) return pow(10, exponent);
    double scale = floor(exponent);
    char text[400];
    // What is left after the scale lies between 1 and 10, where rounding means the same on every system.
    snprintf(text, sizeof text, "%.2fe%.0f", round(pow(10, exponent - scale) * 100) / 100, scale);
    return strtod(text, NULL);
}

// The three classes of the survey.
static const char *depth_class(double depth_km) {
    return depth_km < 70 ? "shallow" : depth_km < 300 ? "intermediate" : "deep";
}

static sm_text kind(const event *of) {
    return of->kind.at != NULL ? of->kind : (sm_text){"earthquake", strlen("earthquake")};
}

void alert_summary(sm_buffer *out, const event *of) {
    double depth_km = of->coordinates[2];
    moment time = moment_of(of->time_ms);
    sm_putf(out, "M %.1f, ", of->magnitude);
    sm_put(out, of->place.at, of->place.len);
    sm_putf(out, ": %s ", depth_class(depth_km));
    sm_put(out, kind(of).at, kind(of).len);
    sm_putf(out, ", %.0f km down, ", depth_km);
    sm_putf(out, "%04lld-%02d-%02d %02d:%02d UTC", time.year, time.month, time.day, time.hour, time.minute);
}

void alert_json(sm_buffer *out, const event *of, const sm_buffer *summary) {
    moment time = moment_of(of->time_ms);
    sm_putf(out, "{\"id\":");
    sm_json_put(out, of->id);
    sm_putf(out, ",\"time\":\"%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ\"", time.year, time.month, time.day, time.hour,
              time.minute, time.second, time.ms);
    sm_putf(out, ",\"kind\":");
    sm_json_put(out, kind(of));
    sm_putf(out, ",\"magnitude\":");
    put_json_number(out, of->magnitude);
    if (of->magnitude_type.at != NULL) {
        sm_putf(out, ",\"magnitudeType\":");
        sm_json_put(out, of->magnitude_type);
    }
    sm_putf(out, ",\"energyJoules\":");
    put_json_number(out, energy_joules(of->magnitude));
    sm_putf(out, ",\"place\":");
    sm_json_put(out, of->place);
    sm_putf(out, ",\"region\":");
    sm_json_put(out, event_region(of));
    sm_putf(out, ",\"network\":");
    sm_json_put(out, of->network);
    sm_putf(out, ",\"longitude\":");
    put_json_number(out, of->coordinates[0]);
    sm_putf(out, ",\"latitude\":");
    put_json_number(out, of->coordinates[1]);
    sm_putf(out, ",\"depthKm\":");
    put_json_number(out, of->coordinates[2]);
    sm_putf(out, ",\"depth\":\"%s\",\"tsunami\":%s,\"summary\":", depth_class(of->coordinates[2]),
              of->tsunami != 0 ? "true" : "false");
    sm_json_put(out, (sm_text){summary->at, summary->len});
    sm_put(out, "}", 1);
}

sm_text alert_key(const event *of) {
    sm_text region = event_region(of);
    region.len = sm_utf8_prefix(region.at, region.len, KEY_CHARS_MAX);
    return region;
}
