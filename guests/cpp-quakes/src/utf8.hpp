// Text in UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace utf8 {

// Whether these bytes are UTF-8: the host takes no other text.
bool is_valid(std::string_view text);
// Writes a character.
void append(std::string &out, uint32_t scalar);
// The first `chars` characters.
std::string_view prefix(std::string_view text, size_t chars);

}  // namespace utf8
