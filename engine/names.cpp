#include "engine/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace colony {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '-' ? '_' : c; }

}  // namespace

std::size_t name_distance(std::string_view left, std::string_view right) {
  const std::size_t columns = right.size() + 1;
  std::vector<std::size_t> before(columns), last(columns), now(columns);
  for (std::size_t j = 0; j < columns; ++j) last[j] = 2 * j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    now[0] = 2 * i;
    for (std::size_t j = 1; j < columns; ++j) {
      const char a = left[i - 1], b = right[j - 1];
      const std::size_t replace = a == b ? 0 : lower(a) == lower(b) ? 1 : 2;
      now[j] = std::min({last[j] + 2, now[j - 1] + 2, last[j - 1] + replace});
      if (i > 1 && j > 1 && a == right[j - 2] && left[i - 2] == b) now[j] = std::min(now[j], before[j - 2] + 2);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[right.size()];
}

std::string nearest_name(std::string_view word, std::span<const std::string> names) {
  if (word.size() > 64) return "";
  std::string best;
  std::size_t best_distance = ~std::size_t{0};
  for (const std::string& name : names) {
    const std::size_t distance = name_distance(word, name);
    const std::size_t allowed = 2 * std::max<std::size_t>(1, std::min(word.size(), name.size()) / 3);
    const bool begins = word.size() >= 3 && (name.starts_with(word) || (name.size() >= 3 && word.starts_with(name)));
    if ((distance <= allowed || begins) && distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

std::string name_hint(std::string_view word, std::span<const std::string> names) {
  const std::string nearest = nearest_name(word, names);
  if (!nearest.empty()) return fmt::format("; did you mean \"{}\"?", nearest);
  return names.empty() ? "" : fmt::format("; there are: {}", fmt::join(names.begin(), names.end(), ", "));
}

}  // namespace colony
