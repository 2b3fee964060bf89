// A log's JSON lines (io/log.hpp) as people read them.
#pragma once

#include <string>
#include <string_view>

namespace colony {

/// "2026-03-01 12:00:00.123Z  warning  member-failed  member 1 has failed  (tick=7)". A line that colony did not write comes back as it is,
/// its control characters replaced: any program may have written the file.
std::string log_line_for_people(std::string_view json_line);

/// What a line says of a run's set-up; "" where it says nothing.
struct LogStep {
  std::string event, step;
};
LogStep log_step_of(std::string_view json_line);

}  // namespace colony
