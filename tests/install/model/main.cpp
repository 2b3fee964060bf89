// Maki and Thompson's rumour: a spreader tells its neighbours, and stops when it meets one who has heard it already.
#include "apps/app.hpp"
#include "engine/model/seeder.hpp"

using namespace colony;

enum Knows : std::uint8_t { ignorant, spreader, stifler };

/// Sense, over the spreaders: do I meet someone who knows? Then I shall stop.
struct Meet {
  Near<std::uint8_t> state;
  Draws coin;
  Probability meeting;
  Mark bored;
  template <class Here>
  void operator()(const Here& here) const {
    const bool met = here.any_source([&](NodeRef v) { return state(v) != ignorant && meeting.heads(coin.edge(here.id(), here.id(v))); });
    if (met) bored(here);
  }
};

/// Act, over the spreaders: tell each ignorant neighbour.
struct Tell {
  Near<std::uint8_t> state;
  Draws coin;
  Probability meeting;
  Raise told;
  template <class Here>
  void operator()(const Here& here) const {
    here.for_each_target([&](NodeRef v) {
      if (state(v) == ignorant && meeting.heads(coin.edge(here.id(), here.id(v)))) told(v, 1);
    });
  }
};

/// Decay: the change that a list of nodes has coming.
struct Turn {
  Become state;
  std::uint8_t into;
  template <class Here>
  void operator()(const Here& here) const {
    state(here, into);
  }
};

class Rumour final : public Model {
 public:
  std::string summary() const override { return "a rumour spreads and dies out (Maki and Thompson 1973)"; }
  std::vector<ParameterSpec> parameters() const override {
    return {{.name = "meeting", .fallback = 0.2, .least = 0, .most = 1, .help = "probability per neighbour and tick to meet"},
            {.name = "tellers", .type = ParameterType::integer, .fallback = std::int64_t{1}, .least = 1, .help = "spreaders at tick 0"}};
  }
  void declare(Schema& s) override {
    s.layer("people");
    state_ = s.category("state", {"ignorant", "spreader", "stifler"});
    tellers_ = s.choose(static_cast<std::uint64_t>(s.param<std::int64_t>("tellers")));
    s.pull_rows();
    s.push_rows();
    const Probability meeting(s.param("meeting"));
    const MarkField bored = s.mark();
    const MaxField told = s.maximum();
    const Domain spreaders = Schema::nodes_in(state_, spreader);
    s.sense(Meet{state_, Stream::user, meeting, bored}, {.over = spreaders});
    s.act(Tell{state_, Stream::user, meeting, told}, {.over = spreaders});
    s.decay(Turn{state_, stifler}, {.over = Schema::marked(bored)});
    s.decay(Turn{state_, spreader}, {.over = Schema::touched(told)});
    for (const Knows k : {ignorant, spreader, stifler}) s.observe_count(s.layer().categories[0].values[k], state_, k);
  }
  void populate(Seeder& seeder) const override {
    seeder.nodes([&](std::uint64_t id, LocalIndex i) { seeder.set(state_, i, seeder.chosen(tellers_, id) ? spreader : ignorant); });
  }

 private:
  Category state_{};
  Choice tellers_{};
};

int main(int argc, char** argv) {
  ModelRegistry models = builtin_models();
  models["rumour"] = [] { return std::make_unique<Rumour>(); };
  return run_app(argc, argv, models);
}
