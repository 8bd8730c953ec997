// Greets who is named by the event.

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "lambda.h"

// Reads the event's `name`; its `at` stays NULL if there is none.
static bool read_name(sm_json *in, sm_text *name) {
    *name = (sm_text){0};
    if (!sm_json_enter(in, '{')) return false;
    sm_text member;
    for (int count = 0; sm_json_next(in, '}', &count);) {
        if (!sm_json_name(in, &member)) return false;
        bool is_name = member.len == 4 && memcmp(member.at, "name", 4) == 0;
        if (!(is_name ? sm_json_text(in, name) : sm_json_skip(in))) return false;
    }
    return sm_json_end(in);
}

static void greet(sm_text name, sm_json_bytes *answer) {
    sm_buffer greeting = {0}, out = {0};
    sm_putf(&greeting, "hello, %.*s", (int)name.len, name.at);
    sm_putf(&out, "{\"greeting\":");
    sm_json_put(&out, (sm_text){greeting.at, greeting.len});
    sm_putf(&out, "}");
    sm_answer(answer, out);
    free(greeting.at);
}

bool exports_shardmill_guest_lambda_handle(
    sm_json_bytes *event, sm_context *context, sm_json_bytes *answer, sm_failure *failure
) {
    char *text = sm_event_text(event);
    sm_json in = sm_json_read(text);
    sm_text name;
    bool is_read = read_name(&in, &name), is_named = is_read && name.at != NULL;
    if (is_named) {
        greet(name, answer);
    } else if (is_read) {
        sm_fail(failure, "NoName", "the event has no `name`");
    } else {
        sm_fail(failure, "Malformed", "%s", in.mistake);
    }
    free(text);
    exports_shardmill_guest_lambda_context_free(context);
    return is_named;
}
