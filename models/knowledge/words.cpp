#include "models/knowledge/words.hpp"

#include <immintrin.h>
#include <utf8proc.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "engine/error.hpp"

namespace colony {
namespace {

/// 32 bytes of a text, or the last ones and zeros. An English text is taken word by word this way, not byte by byte: the processor
/// would guess wrong at the end of each word.
struct AsciiBlock {
  static constexpr std::size_t most_bytes = WordBuffer::block_bytes;
  __m256i lower;          // letters in lower case
  std::uint32_t letters;  // bit i: byte i is a letter or digit
  std::uint32_t beyond;   // bit i: byte i is beyond ASCII

  AsciiBlock(const char* at, const char* end) {
    __m256i bytes;
    if (end - at >= static_cast<std::ptrdiff_t>(most_bytes)) {
      bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    } else {
      alignas(32) char padded[most_bytes] = {};
      std::memcpy(padded, at, static_cast<std::size_t>(end - at));
      bytes = _mm256_load_si256(reinterpret_cast<const __m256i*>(padded));
    }
    // Signed comparison leaves out what is beyond ASCII.
    const auto within = [](__m256i values, char first, char last) {
      return _mm256_andnot_si256(_mm256_cmpgt_epi8(values, _mm256_set1_epi8(last)),
                                 _mm256_cmpgt_epi8(values, _mm256_set1_epi8(static_cast<char>(first - 1))));
    };
    const __m256i capitals = within(bytes, 'A', 'Z');
    lower = _mm256_or_si256(bytes, _mm256_and_si256(capitals, _mm256_set1_epi8(0x20)));
    const __m256i part_of_word = _mm256_or_si256(within(lower, 'a', 'z'), within(lower, '0', '9'));
    letters = static_cast<std::uint32_t>(_mm256_movemask_epi8(part_of_word));
    beyond = static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes));
  }
};

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
    word_.start = word_.length = letters_ = 0;
    room_ = WordBuffer::most_bytes;
    cut_ = compose_ = false;
    while (at_ != end_ && go_on()) {
    }
    if (word_.length == 0) return false;
    if (compose_) compose();
    if (cut_) ++faults_.cut_words;
    return true;
  }

  WordBuffer& word() { return word_; }
  std::size_t letters() const { return letters_; }
  const TextFaults& faults() const { return faults_; }

 private:
  /// Takes what is here, as far as a block shows it. False: the word is complete.
  bool go_on() {
    const AsciiBlock block(at_, end_);
    std::size_t skipped = 0;
    if (word_.length == 0) {
      const std::uint32_t wanted = block.letters | block.beyond;
      skipped = std::min<std::size_t>(static_cast<std::size_t>(std::countr_zero(wanted)), static_cast<std::size_t>(end_ - at_));
      at_ += skipped;
      if (wanted == 0) return true;
      word_.start = skipped;
    }
    const auto run = static_cast<std::size_t>(std::countr_one(block.letters >> skipped));
    if (run > 0) take_ascii(block, skipped, run);
    const std::size_t seen = skipped + run;
    if (seen == AsciiBlock::most_bytes) return true;
    if ((block.beyond >> seen & 1) == 0) return false;
    return take_beyond_ascii() || word_.length == 0;
  }

  void take_ascii(const AsciiBlock& block, std::size_t skipped, std::size_t run) {
    // The whole block is written: what stands around the run is outside of the word.
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(word_.end() - skipped), block.lower);
    const std::size_t fitting = std::min(run, room_ - word_.length);
    word_.length += fitting;
    letters_ += fitting;
    at_ += run;
    if (fitting < run) cut();
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
    if (word_.length + bytes > room_) return cut();
    std::memcpy(word_.end(), encoded, bytes);
    word_.length += bytes;
    letters_ += kind == SignKind::letter;
  }

  /// No room from here on: a short sign must not slip in after a long one was dropped.
  void cut() {
    room_ = word_.length;
    cut_ = true;
  }

  void compose() {
    utf8proc_uint8_t* result = nullptr;
    const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    const utf8proc_ssize_t bytes =
        utf8proc_map(as_signs(word_.view().data()), static_cast<utf8proc_ssize_t>(word_.length), &result, options);
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

/// Harman's three rules; only the first that applies is used. A stem has at least `shortest` letters. Returns whether there is one.
bool stem(WordBuffer& word, std::size_t letters, std::size_t shortest) {
  const std::string_view text = word.view();
  if (!text.ends_with('s')) return false;
  const auto ends = [&](std::string_view ending) { return text.ends_with(ending); };
  if (ends("ies") && !ends("eies") && !ends("aies")) {
    if (letters < shortest + 2) return false;
    word.length -= 2;
    *(word.end() - 1) = 'y';
    return true;
  }
  const bool loses_s = (ends("es") && !ends("aes") && !ends("ees") && !ends("oes")) || (!ends("us") && !ends("ss"));
  if (!loses_s || letters < shortest + 1) return false;
  word.length -= 1;
  return true;
}

}  // namespace

Words::Words(const WordOptions& options) : stemming_(options.stemming), shortest_(std::max<std::size_t>(options.shortest, 1)) {
  for (const std::string& entry : options.stop_words) {
    WordScanner scanner(entry);
    while (scanner.next()) {
      stop_words_.add(scanner.word(), scanner.word().key());
    }
  }
}

template <class Visit>
void Words::each(std::string_view text, TextFaults* faults, const Visit& visit) const {
  WordScanner scanner(text);
  while (scanner.next()) {
    if (scanner.letters() < shortest_) continue;
    WordKey key = scanner.word().key();
    if (stop_words_.contains(scanner.word(), key)) continue;
    if (stemming_ && stem(scanner.word(), scanner.letters(), shortest_)) key = scanner.word().key();
    visit(scanner.word(), key);
  }
  if (faults == nullptr) return;
  faults->invalid_bytes += scanner.faults().invalid_bytes;
  faults->cut_words += scanner.faults().cut_words;
}

std::vector<std::string> Words::split(std::string_view text, TextFaults* faults) const {
  std::vector<std::string> words;
  each(text, faults, [&](const WordBuffer& word, const WordKey&) { words.emplace_back(word.view()); });
  return words;
}

std::vector<WordCount> Words::count(std::string_view text, TextFaults* faults) const {
  WordTable table(std::min<std::size_t>(text.size() / 8, 512));
  each(text, faults, [&](const WordBuffer& word, const WordKey& key) { table.add(word, key); });
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
