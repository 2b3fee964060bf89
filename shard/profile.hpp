// Where the time of a run goes: wall time by step, and the single spans of the first ticks for a trace viewer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "io/clock.hpp"

namespace colony {

class Profile {
 public:
  explicit Profile(Clock& clock) : clock_(clock), start_ns_(clock.now_ns()) {}

  struct Total {
    std::uint64_t ns = 0;
    std::uint64_t count = 0;
  };
  struct Span {
    const char* name;
    std::uint64_t begin_ns, end_ns;  ///< since the profile's start
  };

  /// Runs f() and books its time under `name`, a string that lives as long as the profile.
  template <class F>
  void time(const char* name, const F& f) {
    const std::uint64_t begin = clock_.now_ns();
    f();
    book(name, begin, clock_.now_ns());
  }
  void book(const char* name, std::uint64_t begin_ns, std::uint64_t end_ns) {
    Total& total = totals_[name];
    total.ns += end_ns - begin_ns;
    ++total.count;
    if (spans_.size() < most_spans) spans_.push_back({name, begin_ns - start_ns_, end_ns - start_ns_});
  }

  const std::map<std::string, Total>& totals() const { return totals_; }
  const std::vector<Span>& spans() const { return spans_; }

 private:
  static constexpr std::size_t most_spans = 100'000;
  Clock& clock_;
  std::uint64_t start_ns_;
  std::map<std::string, Total> totals_;
  std::vector<Span> spans_;
};

/// f() with its time booked, or just f() without a profile.
template <class F>
void timed(Profile* profile, const char* name, const F& f) {
  if (profile) profile->time(name, f);
  else f();
}

}  // namespace colony
