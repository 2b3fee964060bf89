// How far a run is: a bar on a terminal, a line now and then elsewhere.
#pragma once

#include <cstdint>
#include <string>

namespace colony {

class Progress {
 public:
  enum class Style : std::uint8_t { none, bar, lines };

  /// first, last: ticks. wanted: "auto" (by what standard error is) or "never".
  Progress(const std::string& wanted, std::uint64_t first, std::uint64_t last, std::uint64_t now_ns);
  ~Progress();
  /// Cheap when nothing is due.
  void update(std::uint64_t tick, std::uint64_t now_ns);
  /// Takes the bar off the terminal, so that other messages can be written.
  void clear();

 private:
  void draw(std::uint64_t tick, std::uint64_t now_ns);

  Style style_;
  std::uint64_t first_, last_, start_ns_, next_ns_;
  bool drawn_ = false;
};

}  // namespace colony
