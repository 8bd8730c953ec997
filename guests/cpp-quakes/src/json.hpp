// Reads JSON from front to back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace json {

// The first mistake is kept; from then on everything gives `false` and reads no more, so that a reader may go through
// all of a record and look once.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    // What is wrong; nullptr as long as nothing is.
    const char *mistake() const { return mistake_; }
    // How far it was read, in bytes.
    size_t at() const { return at_; }

    // Notes a mistake, if it is the first, and gives `false`.
    bool wrong(const char *mistake);

    // Calls `member(name)` for each member of an object; it reads the value and gives `false` to end.
    template <typename Member>
    bool object(Member member) {
        if (!take('{', "an object is expected")) return false;
        std::string name;
        for (size_t count = 0; next('}', count);) {
            if (!string(name) || !take(':', "a colon is expected") || !member(name)) return false;
        }
        return mistake_ == nullptr;
    }

    // Calls `item(index)` for each item of an array; it reads the item and gives `false` to end.
    template <typename Item>
    bool array(Item item) {
        if (!take('[', "an array is expected")) return false;
        for (size_t count = 0; next(']', count);) {
            if (!item(count - 1)) return false;
        }
        return mistake_ == nullptr;
    }

    // A text, valid UTF-8.
    bool string(std::string &out);
    // Any finite number.
    bool number(double &out);
    // A number without point and exponent from `min` to `max`.
    bool integer(int64_t min, int64_t max, int64_t &out);
    // Whether `null` follows, which is then behind.
    bool is_null();
    // Goes over a value of any kind. What nobody reads may be no UTF-8, and a number however large.
    bool skip() { return skip(0); }
    // Nothing but spaces follows.
    bool end();

private:
    // The next byte that is no space; zero at the end, where nothing else can be zero.
    char peek();
    char byte() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char wanted, const char *mistake);
    bool next(char close, size_t &count);
    bool word(std::string_view wanted);
    void digits();
    // The number that follows; empty if there is none. It is an integer if it has no point and no exponent and is not -0.
    std::string_view digits_of_number(bool &is_integer);
    bool hex4(uint32_t &unit);
    bool escape(std::string *out);
    bool unicode_escape(std::string *out);
    bool quoted(std::string *out);
    bool skip(int depth);

    std::string_view text_;
    size_t at_ = 0;
    const char *mistake_ = nullptr;
};

// `text` as JSON has it, in quotes.
void write(std::string &out, std::string_view text);
// With the fewest digits that give the number again and at least one decimal; `null` if it is not finite.
void write(std::string &out, double number);

}  // namespace json
