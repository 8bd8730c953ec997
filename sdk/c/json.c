#include "json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

// How deep values that are skipped may lie in each other.
enum { DEPTH_MAX = 128 };

sm_json sm_json_read(char *text) {
    return (sm_json){.start = text, .at = text};
}

bool sm_json_wrong(sm_json *in, const char *mistake) {
    if (in->mistake == NULL) in->mistake = mistake;
    return false;
}

// The next character that is no space; zero at the end.
static char peek(sm_json *in) {
    while (*in->at == ' ' || *in->at == '\t' || *in->at == '\n' || *in->at == '\r') in->at++;
    return *in->at;
}

static bool take(sm_json *in, char wanted, const char *mistake) {
    if (in->mistake != NULL) return false;
    if (peek(in) != wanted) return sm_json_wrong(in, *in->at == '\0' ? "it ends too early" : mistake);
    in->at++;
    return true;
}

bool sm_json_enter(sm_json *in, char open) {
    return take(in, open, open == '{' ? "an object is expected" : "an array is expected");
}

bool sm_json_next(sm_json *in, char close, int *count) {
    if (in->mistake != NULL) return false;
    if (peek(in) == close) {
        in->at++;
        return false;
    }
    return (*count)++ == 0 || take(in, ',', "a comma or the end is expected");
}

bool sm_json_name(sm_json *in, sm_text *name) {
    return sm_json_text(in, name) && take(in, ':', "a colon is expected");
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Four hexadecimal digits; -1 if they are none.
static int hex4(const char *at) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

// What follows `\u`: one unit of UTF-16, or two that belong together. Goes behind them.
static bool unicode_escape(sm_json *in, uint32_t *scalar) {
    int unit = hex4(in->at);
    if (unit < 0) return sm_json_wrong(in, "an escape is malformed");
    in->at += 4;
    *scalar = (uint32_t)unit;
    if (unit < 0xD800 || unit > 0xDFFF) return true;
    int low = unit <= 0xDBFF && in->at[0] == '\\' && in->at[1] == 'u' ? hex4(in->at + 2) : -1;
    if (low < 0xDC00 || low > 0xDFFF) return sm_json_wrong(in, "a surrogate stands alone");
    in->at += 6;
    *scalar = 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
    return true;
}

// What follows `\`. Goes behind it and writes it to `out`, of which it takes no more than it was long.
static bool escape(sm_json *in, char **out) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *letter = *in->at != '\0' ? strchr(letters, *in->at) : NULL;
    if (letter != NULL) {
        in->at++;
        *(*out)++ = meant[letter - letters];
        return true;
    }
    if (*in->at != 'u') return sm_json_wrong(in, "an escape is malformed");
    in->at++;
    uint32_t scalar;
    if (!unicode_escape(in, &scalar)) return false;
    *out += sm_utf8_write(*out, scalar);
    return true;
}

bool sm_json_text(sm_json *in, sm_text *text) {
    if (!take(in, '"', "a text is expected")) return false;
    char *start = in->at, *out = in->at;
    while (*in->at != '"') {
        if (*in->at == '\0') return sm_json_wrong(in, "a text does not end");
        if ((unsigned char)*in->at < 0x20) return sm_json_wrong(in, "a text has a control character");
        if (*in->at != '\\') {
            *out++ = *in->at++;
            continue;
        }
        in->at++;
        if (!escape(in, &out)) return false;
    }
    *text = (sm_text){start, (size_t)(out - start)};
    if (!sm_utf8_is_valid(start, text->len)) return sm_json_wrong(in, "a text is not UTF-8");
    in->at++;
    return true;
}

static char *digits_end(char *at) {
    while (is_digit(*at)) at++;
    return at;
}

// The end of the number at `at`; NULL if there is none. It is an integer if it has no point and no exponent and is not -0.
static char *number_end(char *at, bool *is_integer) {
    bool is_negative = *at == '-';
    if (is_negative) at++;
    if (!is_digit(*at)) return NULL;
    at = *at == '0' ? at + 1 : digits_end(at);
    if (is_digit(*at)) return NULL;
    *is_integer = !is_negative || at[-1] != '0' || is_digit(at[-2]);
    if (*at == '.') {
        *is_integer = false;
        if (!is_digit(*++at)) return NULL;
        at = digits_end(at);
    }
    if (*at == 'e' || *at == 'E') {
        *is_integer = false;
        at++;
        if (*at == '+' || *at == '-') at++;
        if (!is_digit(*at)) return NULL;
        at = digits_end(at);
    }
    return at;
}

bool sm_json_number(sm_json *in, double *number) {
    if (in->mistake != NULL) return false;
    peek(in);
    bool is_integer;
    char *end = number_end(in->at, &is_integer);
    if (end == NULL) return sm_json_wrong(in, "a number is expected");
    *number = strtod(in->at, NULL);
    if (!isfinite(*number)) return sm_json_wrong(in, "a number is too large");
    in->at = end;
    return true;
}

bool sm_json_integer(sm_json *in, int64_t min, int64_t max, int64_t *number) {
    if (in->mistake != NULL) return false;
    peek(in);
    bool is_integer;
    char *end = number_end(in->at, &is_integer);
    if (end == NULL || !is_integer) return sm_json_wrong(in, "a whole number is expected");
    errno = 0;
    *number = strtoll(in->at, NULL, 10);
    if (errno != 0 || *number < min || *number > max) return sm_json_wrong(in, "a number is out of range");
    in->at = end;
    return true;
}

static bool word(sm_json *in, const char *wanted) {
    size_t len = strlen(wanted);
    if (strncmp(in->at, wanted, len) != 0) return false;
    in->at += len;
    return true;
}

bool sm_json_is_null(sm_json *in) {
    return in->mistake == NULL && peek(in) == 'n' && word(in, "null");
}

// Goes over a text. What nobody reads may be no UTF-8 and may have halves of characters.
static bool skip_text(sm_json *in) {
    in->at++;
    while (*in->at != '"') {
        if ((unsigned char)*in->at < 0x20) return sm_json_wrong(in, "a text does not end");
        if (*in->at++ != '\\') continue;
        bool is_letter = *in->at != '\0' && strchr("\"\\/bfnrt", *in->at) != NULL;
        bool is_escape = *in->at == 'u' ? hex4(in->at + 1) >= 0 : is_letter;
        if (!is_escape) return sm_json_wrong(in, "an escape is malformed");
        in->at++;
    }
    in->at++;
    return true;
}

// Goes over a number, however large.
static bool skip_number(sm_json *in) {
    bool is_integer;
    char *end = number_end(in->at, &is_integer);
    if (end == NULL) return sm_json_wrong(in, "a value is expected");
    in->at = end;
    return true;
}

static bool skip(sm_json *in, int depth);

static bool skip_items(sm_json *in, int depth) {
    char close = *in->at == '{' ? '}' : ']';
    if (depth == DEPTH_MAX) return sm_json_wrong(in, "it is nested too deeply");
    in->at++;
    sm_text name;
    for (int count = 0; sm_json_next(in, close, &count);) {
        if (close == '}' && !sm_json_name(in, &name)) return false;
        if (!skip(in, depth + 1)) return false;
    }
    return in->mistake == NULL;
}

static bool skip(sm_json *in, int depth) {
    if (in->mistake != NULL) return false;
    switch (peek(in)) {
        case '{':
        case '[': return skip_items(in, depth);
        case '"': return skip_text(in);
        case 't': return word(in, "true") || sm_json_wrong(in, "a value is expected");
        case 'f': return word(in, "false") || sm_json_wrong(in, "a value is expected");
        case 'n': return word(in, "null") || sm_json_wrong(in, "a value is expected");
        case '\0': return sm_json_wrong(in, "it ends too early");
        default: return skip_number(in);
    }
}

bool sm_json_skip(sm_json *in) {
    return skip(in, 0);
}

bool sm_json_end(sm_json *in) {
    if (in->mistake != NULL) return false;
    return peek(in) == '\0' || sm_json_wrong(in, "something follows its end");
}

void sm_json_put(sm_buffer *out, sm_text text) {
    static const char escaped[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    sm_put(out, "\"", 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        const char *found = c != '\0' ? strchr(escaped, c) : NULL;
        if (found != NULL) {
            sm_put(out, (char[]){'\\', letters[found - escaped]}, 2);
        } else if ((unsigned char)c < 0x20) {
            sm_putf(out, "\\u%04x", (unsigned)c);
        } else {
            sm_put(out, &c, 1);
        }
    }
    sm_put(out, "\"", 1);
}
