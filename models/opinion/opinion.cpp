#include "models/opinion/opinion.hpp"

#include "engine/error.hpp"
#include "engine/seeder.hpp"

namespace colony {
namespace {

constexpr std::uint32_t bins = 4096;
constexpr double still = 1e-9;  ///< a node that moves less counts as resting

/// Sense: the mean of the opinions within confidence of mine, mine first, then by ascending id.
struct Listen {
  Near<double> opinion;
  Write<double> next;
  double confidence;

  template <class Here>
  void operator()(const Here& here) const {
    const double mine = opinion(here);
    double sum = mine, count = 1;
    here.for_each_source([&](NodeRef v) {
      const double difference = opinion(v) - mine;
      const bool near = difference <= confidence && -difference <= confidence;
      sum += near ? opinion(v) : 0.0;
      count += near ? 1.0 : 0.0;
    });
    next(here) = sum / count;
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

/// Runs of occupied bins: how many, and the members of the fullest.
struct Runs {
  std::int64_t count = 0, largest = 0;
};

Runs occupied_runs(const Globals& globals, std::uint32_t first) {
  Runs runs;
  std::int64_t members = 0;
  for (std::uint32_t b = 0; b <= bins; ++b) {
    const std::int64_t in_bin = b < bins ? globals[first + b] : 0;
    if (in_bin == 0 && members > 0) {
      ++runs.count;
      runs.largest = std::max(runs.largest, members);
      members = 0;
    }
    members += in_bin;
  }
  return runs;
}

}  // namespace

std::vector<ParameterSpec> Opinion::parameters() const {
  return {
      {.name = "confidence",
       .type = ParameterType::real,
       .fallback = 0.2,
       .least = 0,
       .most = 1,
       .help = "how far an opinion may be to be heard"},
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
  s.sense(Listen{opinion_, next, s.param("confidence")});
  s.act(CountMoving{opinion_, next, moving});
  const std::uint32_t first = s.histogram(opinion_, 0, 1, bins);
  s.observe_with("clusters", [first](const Globals& g) { return occupied_runs(g, first).count; });
  s.observe_with("largest", [first](const Globals& g) { return occupied_runs(g, first).largest; });
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
    const double even = (static_cast<double>(id) + 0.5) / static_cast<double>(nodes_);
    seeder.set(opinion_, i, even_ ? even : uniform_f64(high_word(draw_entity(key, id))));
  });
}

}  // namespace colony
