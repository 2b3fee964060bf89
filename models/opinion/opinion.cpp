#include "models/opinion/opinion.hpp"

#include <algorithm>

#include "engine/error.hpp"
#include "engine/globals/runs.hpp"
#include "engine/model/seeder.hpp"

namespace colony {
namespace {

// Opinions are whole multiples of a quantum, so that differences and sums of them are exact: an opinion exactly as far away as `confidence`
// is heard, after any roundings on the way, and mirror images stay mirror images.
constexpr double quantum = 0x1p-40;
constexpr std::int64_t one = std::int64_t{1} << 40;        ///< quanta
constexpr std::int64_t tolerance = std::int64_t{1} << 20;  ///< quanta: so near opinions are one
constexpr double still = 1e-9;                             ///< a node that moves less counts as resting

std::int64_t quanta(double opinion) { return static_cast<std::int64_t>(opinion * static_cast<double>(one)); }

/// sum / count as the nearest whole number, of two the even one. sum >= 0.
std::int64_t rounded(unsigned __int128 sum, std::uint64_t count) {
  std::uint64_t quotient = 0, rest = 0;
  if (sum >> 64 == 0) {  // as a rule, and much quicker
    quotient = static_cast<std::uint64_t>(sum) / count;
    rest = static_cast<std::uint64_t>(sum) % count;
  } else {
    quotient = static_cast<std::uint64_t>(sum / count);
    rest = static_cast<std::uint64_t>(sum % count);
  }
  const std::uint64_t beyond = count - rest;  // to the next whole number
  return static_cast<std::int64_t>(quotient + (rest > beyond || (rest == beyond && quotient % 2 != 0) ? 1 : 0));
}

/// Sense: the mean of the opinions that are heard, my own among them.
struct Listen {
  Near<double> opinion;
  Next<double> next;
  Number confidence;  ///< the largest difference that is heard

  template <class Here>
  double operator()(const Here& here) const {
    const double mine = opinion(here), heard = confidence();
    unsigned __int128 sum = static_cast<std::uint64_t>(quanta(mine));
    std::uint64_t count = 1;
    here.for_each_source([&](NodeRef v) {
      const double difference = opinion(v) - mine;
      const bool near = difference <= heard && -difference <= heard;
      sum += near ? static_cast<std::uint64_t>(quanta(opinion(v))) : 0;
      count += near ? 1 : 0;
    });
    return static_cast<double>(rounded(sum, count)) * quantum;
  }
};

/// Act: who is still moving?
struct CountMoving {
  Read<double> opinion;
  Read<double> next;
  Add moving;

  template <class Here>
  void operator()(const Here& here) const {
    const double step = next(here) - opinion(here);
    if (step > still || -step > still) moving(1);
  }
};

}  // namespace

std::vector<ParameterSpec> Opinion::parameters() const {
  return {
      {.name = "confidence",
       .type = ParameterType::real,
       .fallback = 0.2,
       .least = 0,
       .most = 1,
       .help = "how far an opinion may be to be heard, give or take 2^-20"},
      {.name = "start",
       .type = ParameterType::text,
       .fallback = std::string("even"),
       .choices = {"even", "random"},
       .help = "even: (i + 0.5) / n by rank; random: uniform in [0, 1)"},
  };
}

void Opinion::declare(Schema& s) {
  s.layer("people");
  s.pull_rows();
  opinion_ = s.field<double>("opinion");
  even_ = s.param<std::string>("start") == "even";
  const NextField<double> next = s.next(opinion_);
  const GlobalSum moving = s.global("moving", false);
  s.fingerprint("quanta of opinions", static_cast<std::uint64_t>(one));  // checkpoints of a time without quanta are others'
  const Setting confidence = s.setting("confidence", [](double farthest) {
    return static_cast<double>(static_cast<std::int64_t>(farthest * static_cast<double>(one)) + tolerance) * quantum;
  });
  s.sense(Listen{.opinion = opinion_, .next = next, .confidence = confidence});
  s.act(CountMoving{.opinion = opinion_, .next = next, .moving = moving});
  const GlobalRuns camps = s.runs(opinion_, quantum, tolerance);
  s.observe_with("clusters", [camps](const Globals& g) { return static_cast<std::int64_t>(runs_of(g, camps).size()); });
  s.observe_with("largest", [camps](const Globals& g) {
    std::int64_t largest = 0;
    for (const ValueRun& camp : runs_of(g, camps)) largest = std::max(largest, camp.members);
    return largest;
  });
  s.observe("moving", moving);
}

void Opinion::check(const Graph& graph) const {
  nodes_ = graph.node_count;
  if (even_ && !graph.ids.empty())
    throw UsageError("[model] start = \"even\" needs a graph whose nodes are numbered 0 .. n - 1; use \"random\"");
}

void Opinion::populate(Seeder& seeder) const {
  const RandomKey key = seeder.key(Stream::populate);
  seeder.nodes([&](std::uint64_t id, LocalIndex i) {
    const std::int64_t even = even_ ? rounded(static_cast<unsigned __int128>(2 * id + 1) << 39, nodes_) : 0;
    const auto random = static_cast<std::int64_t>(high_word(draw_entity(key, id)) >> 24);
    seeder.set(opinion_, i, static_cast<double>(even_ ? even : random) * quantum);
  });
}

}  // namespace colony
