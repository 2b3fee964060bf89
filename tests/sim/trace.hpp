// What happened in a world, as a hash of all of it and, when a caller asks, as lines. Two runs of a seed must have the same hash: a
// dependence on the machine, on addresses or on time shows there first.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <string>
#include <string_view>

#include "tests/sim/timeline.hpp"

namespace colony::sim {

class Trace {
 public:
  enum class Shows : std::uint8_t {
    nothing,
    tail,  ///< keeps the last lines
    all    ///< prints them as they come
  };
  static constexpr std::size_t tail_lines = 120;

  Trace(Timeline& timeline, Shows shows) : timeline_(timeline), shows_(shows) {}

  template <class... A>
  void note(fmt::format_string<const A&...> format, const A&... arguments) {
    mix(timeline_.now());
    mix(std::string_view(fmt::string_view(format).data(), fmt::string_view(format).size()));
    (mix(arguments), ...);
    ++count_;
    if (shows_ != Shows::nothing) show(fmt::format(format, arguments...));
  }
  /// Into the hash alone.
  void mix(std::string_view text) {
    for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    mix(text.size());
  }
  bool shown() const { return shows_ != Shows::nothing; }
  std::uint64_t hash() const { return hash_; }
  std::uint64_t count() const { return count_; }
  const std::deque<std::string>& tail() const { return tail_; }

 private:
  template <std::integral T>
  void mix(T number) {
    hash_ = (hash_ ^ static_cast<std::uint64_t>(number)) * 0x9e3779b97f4a7c15u;
    hash_ ^= hash_ >> 29;
  }
  void show(const std::string& line) {
    // The hash so far, so that the traces of two runs show where they part.
    tail_.push_back(fmt::format("{:>11.3f} ms  {:04x}  {}", static_cast<double>(timeline_.now() - second) * 1e-6, hash_ & 0xffff, line));
    if (shows_ == Shows::all) fmt::print("{}\n", tail_.back());
    if (tail_.size() > tail_lines) tail_.pop_front();
  }

  Timeline& timeline_;
  Shows shows_;
  std::uint64_t hash_ = 0xcbf29ce484222325u, count_ = 0;
  std::deque<std::string> tail_;
};

}  // namespace colony::sim
