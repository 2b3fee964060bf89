// The rumour of Maki and Thompson (1973): a spreader tells the ignorant whom it meets, and stops when it meets one who knows already.
#include "apps/app.hpp"
#include "engine/model/seeder.hpp"
using namespace colony;
enum Knows : std::uint8_t { ignorant, spreader, stifler };

struct Meet {  // Act, over the spreaders: each meets some of its neighbours
  Near<std::uint8_t> state;
  Draws coin;
  Chance meeting;
  Raise becomes;
  void operator()(const auto& here) const {
    const auto meet = [&](NodeRef v) { state(v) == ignorant ? becomes(v, spreader) : becomes(here, stifler); };
    const auto all = [](NodeRef) { return true; };
    coin.heads_among_targets(here, meeting(), all, meet);
  }
};

struct Turn {  // Decay, over the nodes on which Meet raised a value: they take it
  Raised becomes;
  Become state;
  void operator()(const auto& here) const { state(here, static_cast<std::uint8_t>(becomes(here))); }
};

struct Rumour final : Model {
  Category state_{};
  Choice first_{};
  std::string summary() const override { return "a rumour spreads and dies out (Maki and Thompson 1973)"; }
  std::vector<ParameterSpec> parameters() const override { return {{.name = "meeting", .fallback = 0.2, .least = 0, .most = 1}}; }
  void declare(Schema& s) override {
    state_ = s.category("state", {"ignorant", "spreader", "stifler"});
    first_ = s.choose(1);
    s.push_rows();
    const MaxField becomes = s.maximum();
    s.act(Meet{.state = state_, .coin = Stream::user, .meeting = s.setting("meeting"), .becomes = becomes},
          {.over = Schema::nodes_in(state_, spreader)});
    s.decay(Turn{.becomes = becomes, .state = state_}, {.over = Schema::touched(becomes)});
    for (const Knows k : {ignorant, spreader, stifler}) s.observe_count(s.layer().categories[0].values[k], state_, k);
  }
  void populate(Seeder& seeder) const override {
    seeder.nodes([&](std::uint64_t id, LocalIndex i) { seeder.set(state_, i, seeder.chosen(first_, id) ? spreader : ignorant); });
  }
};
std::unique_ptr<Model> make_rumour() { return std::make_unique<Rumour>(); }
int main(int argc, char** argv) { return run_app(argc, argv, {{"rumour", make_rumour}}); }
