// What the accessors of a kernel are bound to before a loop.
#pragma once

#include "engine/state/part.hpp"

namespace colony {

/// One part and the scratch of the calling thread. An accessor that binds through the functions alone can be bound on a device as well
/// (cuda/mirror.hpp), where the same columns lie elsewhere.
struct Binding {
  Part& part;
  WorkerScratch& scratch;
  std::size_t worker;  ///< the calling thread
  bool concurrent;     ///< other threads run the same phase on this part

  /// A column of nodes (species < 0) or of the agents of a species.
  template <class T>
  const T* read(std::int32_t species, std::uint32_t column) const {
    return write<T>(species, column);
  }
  template <class T>
  T* write(std::int32_t species, std::uint32_t column) const {
    return (species < 0 ? part.columns : part.species[static_cast<std::size_t>(species)].columns)[column].template as<T>();
  }
  /// Nodes of the job's graph, owned and ghost.
  std::uint32_t known_nodes() const { return part.geometry.total(); }
  RandomKey key(Stream stream) const { return part.key(stream); }
  bool events_wanted() const { return part.events_wanted; }
  /// A setting that is one number for all.
  double number(Setting setting) const { return *numbers(setting); }
  Probability chance(Setting setting) const { return *chances(setting); }
  /// The numbers of a setting, and of each node the place of its own among them; null: there is one for all.
  const double* numbers(Setting setting) const { return part.settings.numbers.data() + spec_of(setting).first; }
  const Probability* chances(Setting setting) const { return part.settings.chances.data() + spec_of(setting).first; }
  const std::uint8_t* values(Setting setting) const {
    const std::int32_t category = spec_of(setting).category;
    return category < 0 ? nullptr : read<std::uint8_t>(-1, part.layer().categories[static_cast<std::size_t>(category)].column);
  }

 private:
  const SettingSpec& spec_of(Setting setting) const { return part.schema.settings()[setting.slot]; }
};

/// Whether a kernel runs on a topology. One that says `static constexpr Topology topology` is compiled for that alone.
template <class Kernel>
constexpr bool runs_on(Topology topology) {
  if constexpr (requires { Kernel::topology; }) return Kernel::topology == topology;
  else return true;
}

}  // namespace colony
