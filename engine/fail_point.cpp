#include "engine/fail_point.hpp"

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace colony {

namespace detail {
std::atomic<std::size_t> armed_fail_point{no_fail_point};
}

namespace {

std::atomic<std::int64_t> passes_left{0};

bool complain(std::string_view specification) {
  std::string names;
  for (const std::string_view name : fail_point_names) names += (names.empty() ? "" : ", ") + std::string(name);
  std::fprintf(stderr, "colony: COLONY_FAIL_POINT: \"%s\" is ignored; say NAME or NAME:N (the N-th time, from 1), with NAME one of %s\n",
               std::string(specification).c_str(), names.c_str());
  return false;
}

// Runs before main; armed_fail_point and passes_left are constant-initialised, so they are ready.
const bool environment_read = [] {
  const char* specification = std::getenv("COLONY_FAIL_POINT");
  return specification == nullptr || arm_fail_point(specification);
}();

}  // namespace

void detail::at_armed_fail_point() {
  if (passes_left.fetch_sub(1) != 1) return;
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

bool arm_fail_point(std::string_view specification) {
  detail::armed_fail_point = detail::no_fail_point;
  if (specification.empty()) return true;
  std::int64_t count = 1;
  const std::size_t colon = specification.find(':');
  if (colon != std::string_view::npos) {
    const char* end = specification.data() + specification.size();
    const auto parsed = std::from_chars(specification.data() + colon + 1, end, count);
    if (parsed.ec != std::errc{} || parsed.ptr != end || count < 1) return complain(specification);
  }
  const std::size_t index = fail_point_index(specification.substr(0, colon));
  if (index == std::size(fail_point_names)) return complain(specification);
  passes_left = count;
  detail::armed_fail_point = index;
  return true;
}

}  // namespace colony
