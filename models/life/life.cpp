#include "models/life/life.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.hpp"
#include "engine/model/seeder.hpp"
#include "models/life/rle.hpp"
#include "models/text_file.hpp"

namespace colony {
namespace {

/// Sense, over all cells: count the living neighbours and decide.
struct Rule {
  Near<std::uint8_t> alive;
  Next<std::uint8_t> next;

  template <class Here>
  std::uint8_t operator()(const Here& here) const {
    std::uint8_t living = 0;
    here.for_each_source([&](NodeRef v) { living = static_cast<std::uint8_t>(living + alive(v)); });
    return static_cast<std::uint8_t>((living == 3) | ((living == 2) & (alive(here) == 1)));
  }
};

/// Refuses a pattern of another universe than the job's lattice, and one that a torus would lay over itself.
void check_universe(const LifePattern& pattern, const LatticeShape& shape, const std::string& path) {
  const auto kind = [](bool torus) { return torus ? "torus" : "bounded plane"; };
  if (pattern.universe) {
    const LifePattern::Universe& named = *pattern.universe;
    if (named.width != shape.width || named.height != shape.height || named.torus != shape.torus) {
      throw DataError(path,
                      fmt::format("the rule names a {} of {} x {} cells, and [graph] is a {} of {} x {}; set width = {}, height = {} and "
                                  "torus = {}, or take what follows the colon out of the rule",
                                  kind(named.torus), named.width, named.height, kind(shape.torus), shape.width, shape.height, named.width,
                                  named.height, named.torus));
    }
  }
  if (!shape.torus || pattern.cells.empty()) return;
  const auto [left, right] =
      std::minmax_element(pattern.cells.begin(), pattern.cells.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
  const std::uint32_t width = right->x - left->x + 1, height = pattern.cells.back().y - pattern.cells.front().y + 1;
  if (width > shape.width || height > shape.height) {
    throw DataError(path,
                    fmt::format("the living cells take {} x {}, and the torus has {} x {}: the pattern would lie over itself; make the "
                                "lattice larger",
                                width, height, shape.width, shape.height));
  }
}

/// Where the cell 0, 0 of the pattern lies when `at` is [0, 0]: as in Golly on a plane that the rule names, where borders matter. In the
/// middle, unless the header's size is larger than the plane.
LifePattern::Position corner_of(const LifePattern& pattern) {
  if (!pattern.universe || pattern.universe->torus) return {};
  const bool fits = pattern.width <= pattern.universe->width && pattern.height <= pattern.universe->height;
  if (!pattern.position && !fits) return {};
  const LifePattern::Position centred{-std::int64_t{pattern.width / 2}, -std::int64_t{pattern.height / 2}};
  const LifePattern::Position position = pattern.position.value_or(centred);
  return {position.x + pattern.universe->width / 2, position.y + pattern.universe->height / 2};
}

}  // namespace

std::vector<ParameterSpec> Life::parameters() const {
  return {
      {.name = "cells", .type = ParameterType::path, .help = "an RLE file with the first living cells"},
      {.name = "at",
       .type = ParameterType::integers,
       .fallback = std::vector<std::int64_t>{0, 0},
       .least = 0,
       .needs = "cells",
       .help = "[x, y] of the pattern's upper left corner"},
      {.name = "density",
       .type = ParameterType::real,
       .fallback = 0.3,
       .least = 0,
       .most = 1,
       .unless = "cells",
       .help = "probability that a cell lives at tick 0, when no pattern is given"},
  };
}

void Life::setup(const Job& job) {
  const LatticeShape& shape = job.graph.lattice;
  if (job.graph.source != GraphSpec::Source::lattice || shape.neighbours != 8)
    throw UsageError("[model] life needs [graph] source = \"lattice\" with neighbours = 8");
  from_pattern_ = job.parameters.has("cells");
  if (!from_pattern_) {
    density_ = job.parameters.get<double>("density");
    return;
  }
  const auto path = job.parameters.get<std::string>("cells");
  const auto at = job.parameters.get<std::vector<std::int64_t>>("at");
  if (at.size() != 2) throw UsageError("[model] at takes two numbers, [x, y]");
  const LifePattern pattern = parse_rle(read_text_file(path), path);
  check_universe(pattern, shape, path);
  const LifePattern::Position corner = corner_of(pattern);
  for (const auto& [x, y] : pattern.cells) {
    // One that lies left of or above the lattice becomes a large number.
    const std::uint64_t cx = static_cast<std::uint64_t>(corner.x + x) + static_cast<std::uint64_t>(at[0]);
    const std::uint64_t cy = static_cast<std::uint64_t>(corner.y + y) + static_cast<std::uint64_t>(at[1]);
    if (!shape.torus && (cx >= shape.width || cy >= shape.height))
      throw DataError(path, fmt::format("cell ({}, {}) lies outside the {} x {} lattice", static_cast<std::int64_t>(cx),
                                        static_cast<std::int64_t>(cy), shape.width, shape.height));
    cells_.push_back(cx % shape.width + shape.width * (cy % shape.height));
  }
}

void Life::declare(Schema& s) {
  s.layer("cells");
  alive_ = s.field<std::uint8_t>("alive");
  s.sense(Rule{.alive = alive_, .next = s.next(alive_)});
  s.observe_sum("alive", alive_);
}

void Life::populate(Seeder& seeder) const {
  const Probability lives(density_);
  const RandomKey key = seeder.key(Stream::populate);
  seeder.nodes(
      [&](std::uint64_t id, LocalIndex i) { seeder.set<std::uint8_t>(alive_, i, !from_pattern_ && lives.heads(draw_entity(key, id))); });
  for (const std::uint64_t id : cells_) {
    const LocalIndex i = seeder.at(id);
    if (i != no_index) seeder.set<std::uint8_t>(alive_, i, 1);
  }
}

}  // namespace colony
