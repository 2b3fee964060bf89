// The courses of a run (docs/adr/0015). Each start but the first writes down, before its first row, from which checkpoint it goes on; what
// earlier starts had committed beyond it is left behind: it is in no list, can't be gone on from, and goes with the next commit.
//
//   checkpoints/course.r3.json     of start 3: all turns that still matter, its own the last; older records are removed once it is there
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "io/checkpoints/manifest.hpp"
#include "io/storage.hpp"

namespace colony {

/// A start, and the checkpoint that it went on from; none: from the beginning.
struct Turn {
  std::uint64_t incarnation = 0;
  std::optional<CheckpointKey> base;
  bool operator==(const Turn&) const = default;
};

struct Course {
  std::vector<Turn> turns;  ///< ascending incarnation
  bool left_behind(const CheckpointKey& checkpoint) const;
};

/// As the newest record has it; without turns where there is none. Throws StorageError when the record can't be trusted.
Course read_course(Storage& storage);

/// Writes down that this start goes on from `base`: done when the record has its name, and not done before. The first start of a folder
/// has nothing to leave behind and writes nothing.
void begin_course(Storage& storage, std::uint64_t incarnation, const std::optional<CheckpointKey>& base);

/// The incarnation of a record's name, "course.r3.json".
std::optional<std::uint64_t> incarnation_of_record(std::string_view name);
/// Whether a name is a record's, or that of one which was not finished.
bool is_course_file(std::string_view name);

}  // namespace colony
