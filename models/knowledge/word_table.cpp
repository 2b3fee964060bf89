#include "models/knowledge/word_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace colony {

std::uint64_t WordBuffer::hash() const {
  std::uint64_t mixed = length * 0x9e3779b97f4a7c15u;
  for (std::size_t at = 0; at < length; at += 8) {
    std::uint64_t block;
    std::memcpy(&block, bytes + at, 8);
    mixed = (mixed ^ block) * 0xd6e8feb86659fd93u;
    mixed ^= mixed >> 32;
  }
  return mixed;
}

WordTable::WordTable(std::size_t expected) : slots_(std::bit_ceil(std::max<std::size_t>(2 * expected, 64)), empty) {
  entries_.reserve(expected);
  bytes_.reserve(8 * expected);
}

std::size_t WordTable::slot_of(const WordBuffer& word, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    if (slots_[slot] == empty) return slot;
    const Entry& entry = entries_[slots_[slot] - 1];
    if (entry.hash == hash && view(entry) == word.view()) return slot;
  }
}

void WordTable::add(const WordBuffer& word) {
  const std::uint64_t hash = word.hash();
  const std::size_t slot = slot_of(word, hash);
  if (slots_[slot] != empty) {
    ++entries_[slots_[slot] - 1].count;
    return;
  }
  entries_.push_back({hash, bytes_.size(), static_cast<std::uint32_t>(word.length), 1});
  bytes_.append(word.bytes, word.padded_bytes());
  slots_[slot] = static_cast<std::uint32_t>(entries_.size());
  if (2 * entries_.size() > slots_.size()) grow();
}

void WordTable::grow() {
  std::vector<std::uint32_t> wider(4 * slots_.size(), empty);
  const std::size_t mask = wider.size() - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t slot = entries_[i].hash & mask;
    while (wider[slot] != empty) slot = (slot + 1) & mask;
    wider[slot] = static_cast<std::uint32_t>(i + 1);
  }
  slots_ = std::move(wider);
}

/// The first eight bytes as a number that orders as they do.
std::uint64_t WordTable::prefix(const Entry& entry) const {
  if (entry.length == 0) return 0;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(bytes_[entry.offset + i]);
  return number;
}

std::vector<WordCount> WordTable::sorted() const {
  struct Key {
    std::uint64_t prefix;
    std::uint32_t index;
  };
  std::vector<Key> keys(entries_.size());
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = {prefix(entries_[i]), static_cast<std::uint32_t>(i)};
  std::sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : view(entries_[a.index]) < view(entries_[b.index]);
  });
  std::vector<WordCount> words;
  words.reserve(keys.size());
  for (const Key& key : keys) words.push_back({std::string(view(entries_[key.index])), entries_[key.index].count});
  return words;
}

}  // namespace colony
