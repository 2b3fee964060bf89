// The operations of a kernel with what each works on: one accessor that holds a list of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "engine/effects/emission.hpp"
#include "engine/effects/link.hpp"
#include "engine/effects/relation.hpp"
#include "engine/effects/unlink.hpp"
#include "engine/kernels/growing_agents.hpp"
#include "tests/property/models/value_items.hpp"

namespace colony::testing {

/// Which operations ran, by what their kernel runs over and in which phase.
struct Coverage {
  std::array<std::array<std::array<bool, phase_count>, on_count>, do_count> ran{};
};

/// Accessors that an operation needs together.
template <class... Accessors>
struct Together {
  std::tuple<Accessors...> all;
  void note(AccessNotes& n) const {
    std::apply([&](const auto&... with) { (with.note(n), ...); }, all);
  }
  void bind(const Binding& b) {
    std::apply([&](auto&... with) { (with.bind(b), ...); }, all);
  }
};

/// For the mistakes that tests plant: the part that a kernel runs on.
struct PartItself {
  const Part* part = nullptr;
  bool concurrent = false;
  void bind(const Binding& b) {
    part = &b.part;
    concurrent = b.concurrent;
  }
};

using Tossing = Together<Draws, Near<std::uint64_t>>;
using Finding = Together<At, Near<std::uint64_t>>;
using LaidOn = Together<Laid, WriteArray<float>>;
/// own: the layer is the one that the kernel runs over, and what is meant is the node here; else one is emitted first.
struct Linking {
  Together<EmitNode, LinkGroup> with;
  bool own;
};
struct Relating {
  std::optional<EmitNode> emit;
  Relate relate;
};
struct Coming {
  std::optional<EmitNode> emit;
  SpawnNamed spawn;
  AgentField<std::uint64_t> field;
};
struct Bearing {
  Spawn spawn;
  AgentField<std::uint64_t> field;
};

using Accessor = std::variant<std::monostate, Near<std::uint64_t>, Near<std::uint8_t>, Near<float>, Read<std::uint64_t>, Read<std::uint8_t>,
                              Write<std::uint64_t>, Draws, Cause, Tossing, Add, Raise, Raised, Lower, Lowered, AddNear, Unlink, Deposit,
                              Mark, Become, Emit, Bearing, StepTo, ClaimOne, Die, ReadArray<std::uint32_t>, WriteArray<std::uint32_t>,
                              ReadArray<float>, ArrayHere<float>, FieldHere<std::uint64_t>, LeaveHere<std::uint64_t>, Known, KnownSums,
                              KnownBest, AddTo, Offer, WriteColumns<float>, Finding, Lay, Laid, LaidOn, GrowingNear, GrowingSense,
                              GrowingSet, EmitNode, Linking, Relating, Coming, StepAlong, PartItself>;

/// f(accessor) of each that is in it.
template <class Accessor, class F>
void each_accessor(Accessor& with, const F& f) {
  using T = std::remove_const_t<Accessor>;
  const auto maybe = [&](auto& emit) {
    if (emit) f(*emit);
  };
  if constexpr (std::is_same_v<T, Linking>) f(with.with);
  else if constexpr (std::is_same_v<T, Relating>) maybe(with.emit), f(with.relate);
  else if constexpr (std::is_same_v<T, Coming>) maybe(with.emit), f(with.spawn);
  else if constexpr (std::is_same_v<T, Bearing>) f(with.spawn);
  else f(with);
}

struct Bound {
  Operation operation;
  Accessor with{};
};

template <class T>
const T& as(const Bound& bound) {
  return std::get<T>(bound.with);
}

/// The operations of a kernel, as one accessor.
struct Program {
  std::vector<Bound> operations;
  std::uint32_t number = 0;  ///< of the kernel
  bool careless = false;     ///< it comes where one may come, and sets what may not be
  Phase phase = Phase::sense;
  On on = On::nodes;
  Coverage* coverage = nullptr;  ///< of a run with one thread
  std::uint64_t tick = 0;

  void note(AccessNotes& n) const {
    each([&](const auto& accessor) {
      if constexpr (requires { accessor.note(n); }) accessor.note(n);
    });
  }
  void bind(const Binding& b) {
    tick = b.part.tick.value;
    for (Bound& bound : operations)
      std::visit(
          [&](auto& with) {
            each_accessor(with, [&](auto& accessor) {
              if constexpr (requires { accessor.bind(b); }) accessor.bind(b);
            });
          },
          bound.with);
  }
  void ran(Do what) const {
    if (coverage == nullptr) return;
    coverage->ran[static_cast<std::size_t>(what)][static_cast<std::size_t>(on)][static_cast<std::size_t>(phase)] = true;
  }

 private:
  template <class F>
  void each(const F& f) const {
    for (const Bound& bound : operations) std::visit([&](const auto& with) { each_accessor(with, f); }, bound.with);
  }
};

}  // namespace colony::testing
