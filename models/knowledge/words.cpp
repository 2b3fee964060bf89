#include "models/knowledge/words.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "engine/error.hpp"

namespace colony {
namespace {

// What a byte is to a word: a separator, a part of a sign beyond ASCII, or else the lower case letter or digit that it stands for.
constexpr unsigned char separator = 0, beyond_ascii = 1;
constexpr std::array<unsigned char, 256> byte_meanings = [] {
  std::array<unsigned char, 256> meanings{};
  for (int c = '0'; c <= '9'; ++c) meanings[c] = static_cast<unsigned char>(c);
  for (int c = 'a'; c <= 'z'; ++c) meanings[c] = meanings[c - 'a' + 'A'] = static_cast<unsigned char>(c);
  for (int c = 0x80; c <= 0xff; ++c) meanings[c] = beyond_ascii;
  return meanings;
}();

enum class SignKind { other, letter, mark };

SignKind kind_of(std::int32_t sign) {
  switch (utf8proc_category(sign)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND: return SignKind::letter;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return SignKind::mark;
    default: return SignKind::other;
  }
}

const utf8proc_uint8_t* as_signs(const char* bytes) { return reinterpret_cast<const utf8proc_uint8_t*>(bytes); }

/// Takes one word after the other from a text.
class WordScanner {
 public:
  explicit WordScanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  /// False at the end. Otherwise word() and letters() are those of the next word.
  bool next() {
    word_.length = letters_ = 0;
    room_ = WordBuffer::most_bytes;
    cut_ = compose_ = false;
    while (at_ != end_) {
      const unsigned char meaning = byte_meanings[static_cast<unsigned char>(*at_)];
      if (meaning > beyond_ascii) {
        take_ascii();
      } else if (meaning == separator) {
        ++at_;
        if (word_.length > 0) break;
      } else if (!take_beyond_ascii() && word_.length > 0) {
        break;
      }
    }
    if (word_.length == 0) return false;
    if (compose_) compose();
    word_.pad();
    if (cut_) ++faults_.cut_words;
    return true;
  }

  WordBuffer& word() { return word_; }
  std::size_t letters() const { return letters_; }
  const TextFaults& faults() const { return faults_; }

 private:
  void take_ascii() {
    const char* at = at_;
    std::size_t length = word_.length;
    const std::size_t before = length;
    for (; at != end_; ++at) {
      const unsigned char meaning = byte_meanings[static_cast<unsigned char>(*at)];
      if (meaning <= beyond_ascii) break;
      if (length < room_) {
        word_.bytes[length++] = static_cast<char>(meaning);
      } else {
        cut(length);
      }
    }
    at_ = at;
    letters_ += length - before;
    word_.length = length;
  }

  /// Whether the sign here belongs to the word. A mark without a letter before it does not.
  bool take_beyond_ascii() {
    utf8proc_int32_t sign = 0;
    const utf8proc_ssize_t bytes = utf8proc_iterate(as_signs(at_), end_ - at_, &sign);
    if (bytes <= 0) {
      ++at_;
      ++faults_.invalid_bytes;
      return false;
    }
    at_ += bytes;
    const SignKind kind = kind_of(sign);
    if (kind == SignKind::other || (kind == SignKind::mark && word_.length == 0)) return false;
    const bool conjoining = sign >= 0x1100 && sign < 0x1200;  // Korean letters that make up syllables
    compose_ |= kind == SignKind::mark || conjoining;
    append(utf8proc_tolower(sign), kind);
    return true;
  }

  void append(std::int32_t sign, SignKind kind) {
    utf8proc_uint8_t encoded[4];
    const auto bytes = static_cast<std::size_t>(utf8proc_encode_char(sign, encoded));
    if (word_.length + bytes > room_) return cut(word_.length);
    std::memcpy(word_.bytes + word_.length, encoded, bytes);
    word_.length += bytes;
    letters_ += kind == SignKind::letter;
  }

  /// No room from here on: a short sign must not slip in after a long one was dropped.
  void cut(std::size_t length) {
    room_ = length;
    cut_ = true;
  }

  void compose() {
    utf8proc_uint8_t* result = nullptr;
    const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    const utf8proc_ssize_t bytes = utf8proc_map(as_signs(word_.bytes), static_cast<utf8proc_ssize_t>(word_.length), &result, options);
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, &std::free);
    COLONY_ASSERT(bytes >= 0, std::string("a word can't be composed: ") + utf8proc_errmsg(bytes));
    word_.length = letters_ = 0;
    room_ = WordBuffer::most_bytes;
    for (utf8proc_ssize_t at = 0; at < bytes;) {
      utf8proc_int32_t sign = 0;
      at += utf8proc_iterate(result + at, bytes - at, &sign);
      append(sign, kind_of(sign));
    }
  }

  const char* at_;
  const char* end_;
  WordBuffer word_;
  std::size_t letters_ = 0;
  std::size_t room_ = WordBuffer::most_bytes;
  bool cut_ = false;
  bool compose_ = false;
  TextFaults faults_;
};

/// Harman's three rules; the first that applies is the only one. A stem of fewer than `shortest` letters is none.
void stem(WordBuffer& word, std::size_t letters, std::size_t shortest) {
  const std::string_view text = word.view();
  if (!text.ends_with('s')) return;
  const auto ends = [&](std::string_view ending) { return text.ends_with(ending); };
  if (ends("ies") && !ends("eies") && !ends("aies")) {
    if (letters < shortest + 2) return;
    word.length -= 2;
    word.bytes[word.length - 1] = 'y';
  } else if ((ends("es") && !ends("aes") && !ends("ees") && !ends("oes")) || (!ends("us") && !ends("ss"))) {
    if (letters < shortest + 1) return;
    word.length -= 1;  // "es" becomes "e", too
  } else {
    return;
  }
  word.pad();
}

}  // namespace

Words::Words(const WordOptions& options) : stemming_(options.stemming), shortest_(std::max<std::size_t>(options.shortest, 1)) {
  for (const std::string& entry : options.stop_words) {
    WordScanner scanner(entry);
    while (scanner.next()) {
      if (!stop_words_.contains(scanner.word())) stop_words_.add(scanner.word());
    }
  }
}

template <class Visit>
void Words::each(std::string_view text, TextFaults* faults, const Visit& visit) const {
  WordScanner scanner(text);
  while (scanner.next()) {
    if (scanner.letters() < shortest_ || stop_words_.contains(scanner.word())) continue;
    if (stemming_) stem(scanner.word(), scanner.letters(), shortest_);
    visit(scanner.word());
  }
  if (faults == nullptr) return;
  faults->invalid_bytes += scanner.faults().invalid_bytes;
  faults->cut_words += scanner.faults().cut_words;
}

std::vector<std::string> Words::split(std::string_view text, TextFaults* faults) const {
  std::vector<std::string> words;
  each(text, faults, [&](const WordBuffer& word) { words.emplace_back(word.view()); });
  return words;
}

std::vector<WordCount> Words::count(std::string_view text, TextFaults* faults) const {
  WordTable table(std::min<std::size_t>(text.size() / 16, 1024));
  each(text, faults, [&](const WordBuffer& word) { table.add(word); });
  return table.sorted();
}

std::vector<WordCount> most_frequent(std::vector<WordCount> words, std::size_t most) {
  if (words.size() > most) {
    const auto kept = words.begin() + static_cast<std::ptrdiff_t>(most);
    std::nth_element(words.begin(), kept, words.end(),
                     [](const WordCount& a, const WordCount& b) { return a.count != b.count ? a.count > b.count : a.word < b.word; });
    words.erase(kept, words.end());
  }
  std::sort(words.begin(), words.end(), [](const WordCount& a, const WordCount& b) { return a.word < b.word; });
  return words;
}

std::uint64_t invalid_utf8_bytes(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080u;
  std::uint64_t invalid = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::uint64_t block;
    if (text.size() - at >= sizeof block && (std::memcpy(&block, text.data() + at, sizeof block), (block & high_bits) == 0)) {
      at += sizeof block;
      continue;
    }
    utf8proc_int32_t sign = 0;
    const utf8proc_ssize_t bytes = utf8proc_iterate(as_signs(text.data() + at), static_cast<utf8proc_ssize_t>(text.size() - at), &sign);
    invalid += bytes <= 0;
    at += bytes <= 0 ? 1 : static_cast<std::size_t>(bytes);
  }
  return invalid;
}

}  // namespace colony
