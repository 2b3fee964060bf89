// A model that makes the mistakes that only data shows, each when its parameter says so. check.sh looks at how the program ends.
#include <stdexcept>

#include "apps/app.hpp"
#include "engine/model/seeder.hpp"

using namespace colony;

/// Decay: throws at one node.
struct Thrower {
  Read<std::uint8_t> state;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 17 && state(here) == 0) throw std::out_of_range("no such price");
  }
};

/// Act: reads rows of which the model asked for the others.
struct Walker {
  Near<std::uint8_t> state;
  Add sum;
  template <class Here>
  void operator()(const Here& here) const {
    here.for_each_source([&](NodeRef v) { sum(state(v)); });
  }
};

/// Decay: sets a category to a value that it has not.
struct Setter {
  Become state;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 17) state(here, 2);
  }
};

class Mistaken final : public Model {
 public:
  std::string summary() const override { return "a model that is wrong"; }
  std::vector<ParameterSpec> parameters() const override {
    return {{.name = "mistake",
             .type = ParameterType::text,
             .fallback = std::string("throws"),
             .choices = {"throws", "walks", "sets"},
             .help = "what it does wrong"}};
  }
  void declare(Schema& s) override {
    s.layer("places");
    state_ = s.category("state", {"low", "high"});
    const GlobalSum sum = s.global("sum", false);
    s.push_rows();
    s.observe_count("high", state_, 1);
    const std::string mistake = s.param<std::string>("mistake");
    const KernelOptions in_tick_five{.in = [](std::uint64_t tick) { return tick == 5; }};
    if (mistake == "throws") s.decay(Thrower{NodeField<std::uint8_t>(state_)}, in_tick_five);
    if (mistake == "walks") s.act(Walker{state_, sum}, in_tick_five);
    if (mistake == "sets") s.decay(Setter{state_}, in_tick_five);
  }
  void populate(Seeder& seeder) const override {
    seeder.nodes([&](std::uint64_t, LocalIndex i) { seeder.set(state_, i, 0); });
  }

 private:
  Category state_{};
};

int main(int argc, char** argv) {
  ModelRegistry models = builtin_models();
  models["mistaken"] = [] { return std::make_unique<Mistaken>(); };
  return run_app(argc, argv, models);
}
