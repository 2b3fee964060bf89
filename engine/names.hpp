// "did you mean": the valid name nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace colony {

/// Letters to insert, drop, replace or swap with their neighbour to turn one word into the other; case counts as half a letter. In half
/// letters.
std::size_t name_distance(std::string_view left, std::string_view right);

/// The nearest of `names`, the first among equals, or "" when none is near enough to be meant (more than a third of the letters differ).
std::string nearest_name(std::string_view word, std::span<const std::string> names);

/// `; did you mean "recovery"?` or, when nothing is near, `; there are: a, b, c` ("" when there is no name at all).
std::string name_hint(std::string_view word, std::span<const std::string> names);

}  // namespace colony
