#include "tests/property/models/model_courses.hpp"

#include <algorithm>
#include <optional>
#include <sstream>
#include <vector>

#include "engine/error.hpp"

namespace colony::testing {
namespace {

/// What goes to other shards: verbs of effects, and what round 2 carries.
constexpr const char* traffic_kinds[traffic_count] = {"move", "max",    "min",   "add",    "deposit",          "lay", "claim", "emit",
                                                      "link", "unlink", "spawn", "wishes", "values for ghosts"};

std::uint64_t sent(const ShardTraffic& traffic, std::size_t kind) {
  const std::string_view name = traffic_kinds[kind];
  return name == "wishes" ? traffic.wishes : name == "values for ghosts" ? traffic.ghost_updates : traffic.remote(name);
}

/// What is told of a tick.
struct Told {
  Digest digest;
  std::vector<ObservableValue> row;
  std::vector<Event> events;
};

Told tell(Colony& colony) { return {colony.digest(), colony.row(), colony.events()}; }

/// A run from S(0) on, as far as it goes.
struct Course {
  std::vector<Told> told;
  std::optional<ExitStatus> refused;  ///< in the tick that follows, or, where nothing is told, when it was declared
};

/// "" where a colony does in ticks [first, last] as the reference did, else which tick is another.
std::string difference(Colony& colony, const Course& reference, std::uint64_t first, std::uint64_t last, const std::string& where) {
  for (std::uint64_t t = first; t <= last; ++t) {
    const auto differs = [&](const std::string& what) { return where + ": " + what + " of tick " + std::to_string(t); };
    const bool refused = t >= reference.told.size();
    try {
      if (t != colony.tick().value) colony.run(1);
    } catch (const Error& error) {
      return refused && error.status() == reference.refused ? "" : differs(std::string("\"") + error.what() + "\"");
    }
    if (refused) return differs("no refusal");
    const Told told = tell(colony);
    if (told.digest != reference.told[t].digest) return differs("digest");
    if (told.row != reference.told[t].row) return differs("row");
    if (told.events != reference.told[t].events) return differs("events");
  }
  return {};
}

/// Shards 1, 2, 5 x threads 1, 4 x frames as they are and through bytes; where one shard has no frames, blocks vary. Each is saved and
/// goes on in the shape that stands `resumed_on` further down the ring.
const Shape shapes[] = {{1, 4, "range", 16},      {2, 1, "hash", 16},       {2, 4, "range", 16, true}, {5, 1, "range", 16},
                        {5, 4, "hash", 16, true}, {2, 1, "range", 9, true}, {2, 4, "hash", 9},         {5, 1, "hash", 9, true},
                        {5, 4, "range", 16},      {1, 1, "range", 9}};
constexpr std::size_t resumed_on = 3;

Course course_of(const Case& what, std::uint64_t ticks) {
  Course course;
  try {
    Colony colony(what, {1, 1, "range", 1});
    course.told.push_back(tell(colony));
    for (std::uint64_t t = 0; t < ticks; ++t) {
      colony.run(1);
      course.told.push_back(tell(colony));
    }
  } catch (const Error& error) {
    course.refused = error.status();
  }
  return course;
}

/// "" where a shape does as the reference did, also where it is saved and goes on in another. traffic: what was sent is added to it.
std::string difference(const Case& what, std::size_t number, const Course& reference, const Ground& ground, ShardTraffic& traffic) {
  const Shape& shape = shapes[number];
  const Shape& other = shapes[(number + resumed_on) % std::size(shapes)];
  std::ostringstream name, resumed_name;
  name << shape;
  resumed_name << name.str() << ", resumed on " << other;
  std::optional<Colony> colony;
  try {
    colony.emplace(what, shape);
  } catch (const Error& error) {
    return reference.told.empty() && error.status() == reference.refused ? "" : name.str() + ": \"" + error.what() + "\"";
  }
  if (reference.told.empty()) return name.str() + ": no refusal";
  const std::uint64_t saved_at = std::min(ground.saved_at, ground.ticks);
  if (std::string found = difference(*colony, reference, 0, saved_at, name.str()); !found.empty()) return found;
  if (saved_at >= reference.told.size()) return "";
  if (saved_at > 0) {  // events of S(0) are told by the start alone
    Colony resumed(what, other, colony->save());
    if (resumed.digest() != reference.told[saved_at].digest) return resumed_name.str() + ": digest of what was saved";
    if (std::string found = difference(resumed, reference, saved_at + 1, ground.ticks, resumed_name.str()); !found.empty()) return found;
  }
  std::string found = difference(*colony, reference, saved_at + 1, ground.ticks, name.str());
  traffic += colony->activity().traffic;
  return found;
}

}  // namespace

const char* traffic_name(std::size_t kind) { return traffic_kinds[kind]; }

void Tally::add(const Coverage& coverage) {
  for (std::size_t what = 0; what < do_count; ++what)
    for (std::size_t on = 0; on < on_count; ++on)
      for (std::size_t phase = 0; phase < phase_count; ++phase) ran[what][on][phase] += coverage.ran[what][on][phase] ? 1 : 0;
}

std::string disagreement(const ModelValue& model, const Ground& ground, Tally* tally) {
  Coverage coverage;
  const Course reference = course_of(ground.with(model, &coverage), ground.ticks);
  const Case what = ground.with(model);
  ShardTraffic traffic;
  for (std::size_t number = 0; number < std::size(shapes); ++number)
    if (std::string found = difference(what, number, reference, ground, traffic); !found.empty()) return found;
  if (tally == nullptr) return {};
  ++tally->models;
  tally->whole += reference.refused ? 0 : 1;
  tally->refused_at_once += reference.told.empty() ? 1 : 0;
  tally->add(coverage);
  for (std::size_t kind = 0; kind < traffic_count; ++kind) {
    const std::uint64_t count = sent(traffic, kind);
    tally->sent[kind] += count;
    tally->models_that_sent[kind] += count != 0 ? 1 : 0;
  }
  return {};
}

}  // namespace colony::testing
