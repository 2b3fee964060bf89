// What names the nodes of a growing layer: their label. The id is a hash of it, so that every shard names a thing alike without asking;
// a second hash and the label itself are kept by the owner and compared. DESIGN 4.
#pragma once

#include <cstdint>
#include <string_view>

namespace colony {

/// Members that a group of links can have: it makes a link for each pair.
inline constexpr std::uint32_t most_group = 16'384;

/// The label is the caller's: it must outlive the tick in which a kernel emits it.
struct Content {
  std::uint64_t id = 0;
  std::uint64_t check = 0;
  std::string_view label;
};

/// The two halves of XXH3-128 of the label.
Content content_of(std::string_view label);

/// The id of a node of an anchored layer, from the id of its content and the place that it lives with: two places may have nodes of one
/// name.
std::uint64_t anchored_id(std::uint64_t content, std::uint64_t place);

}  // namespace colony
