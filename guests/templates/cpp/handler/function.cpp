// Greets who is named by the event.

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "json.h"
#include "lambda.h"

namespace {

struct Freed {
    void operator()(char *text) const { std::free(text); }
};

// The event's `name`, if it has one; what is wrong with it is told by the reader.
std::optional<std::string> name_of(sm_json &in) {
    std::optional<std::string> name;
    if (!sm_json_enter(&in, '{')) return name;
    sm_text member{}, value{};
    for (int count = 0; sm_json_next(&in, '}', &count);) {
        if (!sm_json_name(&in, &member)) return name;
        if (std::string_view(member.at, member.len) != "name") {
            sm_json_skip(&in);
        } else if (sm_json_text(&in, &value)) {
            name.emplace(value.at, value.len);
        }
    }
    sm_json_end(&in);
    return name;
}

// What is put there goes over to the bindings.
void greet(const std::string &name, sm_json_bytes *answer) {
    const std::string greeting = "hello, " + name;
    sm_buffer out{};
    sm_putf(&out, "{\"greeting\":");
    sm_json_put(&out, {greeting.data(), greeting.size()});
    sm_putf(&out, "}");
    sm_answer(answer, out);
}

}  // namespace

extern "C" bool exports_shardmill_guest_lambda_handle(
    sm_json_bytes *event, sm_context *context, sm_json_bytes *answer, sm_failure *failure
) {
    exports_shardmill_guest_lambda_context_free(context);
    const std::unique_ptr<char, Freed> text(sm_event_text(event));
    sm_json in = sm_json_read(text.get());
    const std::optional<std::string> name = name_of(in);
    if (in.mistake != nullptr) {
        sm_fail(failure, "Malformed", "%s", in.mistake);
        return false;
    }
    if (!name) {
        sm_fail(failure, "NoName", "the event has no `name`");
        return false;
    }
    greet(*name, answer);
    return true;
}
