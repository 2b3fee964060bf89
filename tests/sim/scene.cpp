#include "tests/sim/scene.hpp"

namespace colony::sim {

Tally& Tally::operator+=(const Tally& other) {
  // All of it is counts of one type.
  static_assert(sizeof(Tally) % sizeof(std::uint64_t) == 0);
  auto* to = reinterpret_cast<std::uint64_t*>(this);
  const auto* from = reinterpret_cast<const std::uint64_t*>(&other);
  for (std::size_t i = 0; i < sizeof(Tally) / sizeof(std::uint64_t); ++i) to[i] += from[i];
  return *this;
}

std::string Scene::plain(std::string text) const {
  for (std::size_t at; (at = text.find(folder)) != std::string::npos;) text.replace(at, folder.size(), "FOLDER");
  for (std::size_t end = 0; (end = text.find(".tmp", end)) != std::string::npos; ++end) {
    std::size_t begin = end;
    while (begin != 0 && (text[begin - 1] == '-' || (text[begin - 1] >= '0' && text[begin - 1] <= '9'))) --begin;
    text.erase(begin, end - begin);
    end = begin;
  }
  return text;
}

}  // namespace colony::sim
