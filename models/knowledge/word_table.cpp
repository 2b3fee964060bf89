#include "models/knowledge/word_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace colony {
namespace {

constexpr std::size_t slots_per_entry = 4;  // a slot is small, and a search that goes on is a wrong guess of the processor

/// Eight bytes as a number that orders as they do, and back.
std::uint64_t in_order(std::uint64_t block) {
  if constexpr (std::endian::native == std::endian::little) return __builtin_bswap64(block);
  return block;
}

/// The first `bytes` of eight, then zeros.
std::uint64_t load(const char* from, std::size_t bytes) {
  std::uint64_t block;
  std::memcpy(&block, from, sizeof block);
  return bytes == 0 ? 0 : in_order(block) & ~std::uint64_t{0} << (64 - 8 * std::min<std::size_t>(bytes, 8));
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t block) {
  hash = (hash ^ block) * 0xd6e8feb86659fd93u;
  return hash ^ hash >> 32;
}

}  // namespace

WordKey WordBuffer::key() const {
  const char* bytes = room + start;
  const std::size_t beyond_first = length > 8 ? length - 8 : 0;
  WordKey key{.first = load(bytes, length), .second = load(bytes + 8, beyond_first), .hash = 0};
  key.hash = mixed(mixed(length * 0x9e3779b97f4a7c15u, key.first), key.second);
  for (std::size_t at = 16; at < length; at += 8) key.hash = mixed(key.hash, load(bytes + at, length - at));
  return key;
}

WordTable::WordTable(std::size_t expected) : slots_(std::bit_ceil(std::max<std::size_t>(slots_per_entry * expected, 64)), empty) {
  entries_.reserve(expected);
}

void WordTable::add(const WordBuffer& word, const WordKey& key) {
  const std::size_t slot = slot_of(word, key);
  if (slots_[slot] != empty) {
    ++entries_[slots_[slot] - 1].count;
    return;
  }
  entries_.push_back({key, bytes_.size(), static_cast<std::uint32_t>(word.length), 1});
  if (word.length > key_bytes) bytes_.append(word.view());
  slots_[slot] = static_cast<std::uint32_t>(entries_.size());
  if (slots_per_entry * entries_.size() > slots_.size()) grow();
}

void WordTable::grow() {
  std::vector<std::uint32_t> wider(4 * slots_.size(), empty);
  const std::size_t mask = wider.size() - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t slot = entries_[i].key.hash & mask;
    while (wider[slot] != empty) slot = (slot + 1) & mask;
    wider[slot] = static_cast<std::uint32_t>(i + 1);
  }
  slots_ = std::move(wider);
}

bool WordTable::before(const Entry& a, const Entry& b) const {
  if (a.key.first != b.key.first) return a.key.first < b.key.first;
  if (a.key.second != b.key.second) return a.key.second < b.key.second;
  // Words hold no zero bytes: equal keys, of which one is all of its word, are of a word and what it begins.
  if (a.length <= key_bytes || b.length <= key_bytes) return a.length < b.length;
  return long_word(a) < long_word(b);
}

std::string WordTable::word_of(const Entry& entry) const {
  if (entry.length > key_bytes) return std::string(long_word(entry));
  const std::uint64_t blocks[] = {in_order(entry.key.first), in_order(entry.key.second)};
  char bytes[key_bytes];
  std::memcpy(bytes, blocks, key_bytes);
  return std::string(bytes, entry.length);
}

std::vector<WordCount> WordTable::sorted() const {
  struct Place {
    std::uint64_t first;
    std::uint32_t index;
  };
  // Dealt out by their first byte, then sorted among those that share it: a document's words are few a letter.
  std::array<std::uint32_t, 257> begins{};
  for (const Entry& entry : entries_) ++begins[(entry.key.first >> 56) + 1];
  for (std::size_t byte = 0; byte < 256; ++byte) begins[byte + 1] += begins[byte];
  std::vector<Place> places(entries_.size());
  std::array<std::uint32_t, 257> next = begins;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::uint64_t first = entries_[i].key.first;
    places[next[first >> 56]++] = {first, static_cast<std::uint32_t>(i)};
  }
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::sort(places.begin() + begins[byte], places.begin() + begins[byte + 1], [&](const Place& a, const Place& b) {
      return a.first != b.first ? a.first < b.first : before(entries_[a.index], entries_[b.index]);
    });
  }
  std::vector<WordCount> words;
  words.reserve(places.size());
  for (const Place& place : places) words.push_back({word_of(entries_[place.index]), entries_[place.index].count});
  return words;
}

}  // namespace colony
