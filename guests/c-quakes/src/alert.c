#include "alert.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "utf8.h"

// The longest partition key, in characters.
enum { KEY_CHARS_MAX = 256 };

static void put(buffer *out, const char *text, size_t len) {
    if (out->room - out->len < len + 1) {
        out->room = 2 * out->room + len + 1;
        out->at = sm_realloc(out->at, out->room);
    }
    memcpy(out->at + out->len, text, len);
    out->len += len;
    out->at[out->len] = '\0';
}

// In the manner of `printf`: only for what is no longer than a number or a moment.
__attribute__((format(printf, 2, 3))) static void put_short(buffer *out, const char *format, ...) {
    // The longest is a number of 309 digits.
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put(out, text, (size_t)len);
}

static void put_json_text(buffer *out, sm_text text) {
    static const char escaped[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    put(out, "\"", 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        const char *found = c != '\0' ? strchr(escaped, c) : NULL;
        if (found != NULL) {
            put(out, (char[]){'\\', letters[found - escaped]}, 2);
        } else if ((unsigned char)c < 0x20) {
            put_short(out, "\\u%04x", (unsigned)c);
        } else {
            put(out, &c, 1);
        }
    }
    put(out, "\"", 1);
}

// As JSON has it, with the fewest digits that give the number again and at least one decimal.
static void put_json_number(buffer *out, double number) {
    if (!isfinite(number)) return put(out, "null", 4);
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
    if (exponent >= -5 && exponent <= 15) return put_short(out, "%.*f", decimals > 1 ? decimals : 1, number);
    put(out, text, (size_t)(end - text));
    put_short(out, "e%+d", exponent);
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

void alert_summary(buffer *out, const event *of) {
    double depth_km = of->coordinates[2];
    moment time = moment_of(of->time_ms);
    put_short(out, "M %.1f, ", of->magnitude);
    put(out, of->place.at, of->place.len);
    put_short(out, ": %s ", depth_class(depth_km));
    put(out, kind(of).at, kind(of).len);
    put_short(out, ", %.0f km down, ", depth_km);
    put_short(out, "%04lld-%02d-%02d %02d:%02d UTC", time.year, time.month, time.day, time.hour, time.minute);
}

void alert_json(buffer *out, const event *of, const buffer *summary) {
    moment time = moment_of(of->time_ms);
    put_short(out, "{\"id\":");
    put_json_text(out, of->id);
    put_short(out, ",\"time\":\"%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ\"", time.year, time.month, time.day, time.hour,
              time.minute, time.second, time.ms);
    put_short(out, ",\"kind\":");
    put_json_text(out, kind(of));
    put_short(out, ",\"magnitude\":");
    put_json_number(out, of->magnitude);
    if (of->magnitude_type.at != NULL) {
        put_short(out, ",\"magnitudeType\":");
        put_json_text(out, of->magnitude_type);
    }
    put_short(out, ",\"energyJoules\":");
    put_json_number(out, energy_joules(of->magnitude));
    put_short(out, ",\"place\":");
    put_json_text(out, of->place);
    put_short(out, ",\"region\":");
    put_json_text(out, event_region(of));
    put_short(out, ",\"network\":");
    put_json_text(out, of->network);
    put_short(out, ",\"longitude\":");
    put_json_number(out, of->coordinates[0]);
    put_short(out, ",\"latitude\":");
    put_json_number(out, of->coordinates[1]);
    put_short(out, ",\"depthKm\":");
    put_json_number(out, of->coordinates[2]);
    put_short(out, ",\"depth\":\"%s\",\"tsunami\":%s,\"summary\":", depth_class(of->coordinates[2]),
              of->tsunami != 0 ? "true" : "false");
    put_json_text(out, (sm_text){summary->at, summary->len});
    put(out, "}", 1);
}

sm_text alert_key(const event *of) {
    sm_text region = event_region(of);
    region.len = utf8_prefix(region.at, region.len, KEY_CHARS_MAX);
    return region;
}
