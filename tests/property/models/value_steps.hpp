// What operations do: by what a kernel has to have for them. Each function returns false for an operation that is not its own.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "tests/property/models/value_accessors.hpp"

namespace colony::testing {

inline constexpr std::size_t registers = 8;
inline constexpr std::size_t returned = registers;  ///< behind those that operations name: what a kernel returns
using Registers = std::array<std::uint64_t, registers + 1>;

inline std::uint64_t scramble(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = (a ^ std::rotl(b, 23)) * 0x9E3779B97F4A7C15u;
  x ^= x >> 29;
  return x * 0xBF58476D1CE4E5B9u;
}

/// Label `a` of one of a few alphabets; they are small, so that those who name nodes meet.
const Content& label_of(std::uint64_t a, std::uint32_t alphabet);
inline constexpr std::uint32_t most_label_group = 4;  ///< no alphabet is smaller: so many labels in a row differ

/// What a kernel begins with: 0, its id, a number of its own in each tick, and 0s.
inline Registers first_registers(std::uint64_t id, std::uint64_t tick) { return {0, id, scramble(id, tick)}; }

/// What the mistake `shared_sum` adds to.
inline std::atomic<std::uint64_t> shared_sum{0};

/// The registers of one operation.
struct Step {
  const Operation& o;
  std::uint64_t& to;
  std::uint64_t a, b;
  Step(const Bound& bound, Registers& r) : o(bound.operation), to(r[o.to % registers]), a(r[o.a % registers]), b(r[o.b % registers]) {}
};

/// What is added to a field: careless models take more from it than there is, now and then.
inline std::int64_t amount_of(const Program& program, std::uint64_t word) {
  const auto amount = static_cast<std::int64_t>(word & 0xff);
  return program.careless && word % 61 == 0 ? -amount * 1000 : amount;
}

/// What all kernels do: with registers, draws and globals.
template <class Here>
bool do_any(const Program& program, const Bound& bound, const Here& here, Registers& r) {
  const Step step(bound, r);
  const Operation& o = step.o;
  [[maybe_unused]] std::uint64_t& to = step.to;
  [[maybe_unused]] const std::uint64_t a = step.a, b = step.b;
  switch (o.what) {
    case Do::number: to = o.number; return true;
    case Do::id: to = here.id(); return true;
    case Do::tick: to = program.tick; return true;
    case Do::add: to = a + b; return true;
    case Do::mix: to = scramble(a, b); return true;
    case Do::less: to = a < b ? 1 : 0; return true;
    case Do::draw: to = low_word(as<Draws>(bound)(here, o.number % 4)); return true;
    case Do::half: to = as<Draws>(bound).in_half(here) ? 1 : 0; return true;
    case Do::known: to = static_cast<std::uint64_t>(as<Known>(bound)()); return true;
    case Do::known_sum: to = static_cast<std::uint64_t>(as<KnownSums>(bound)()[o.number % list_width]); return true;
    case Do::known_best: {
      const auto& best = as<KnownBest>(bound);
      to = best.offered() ? scramble(static_cast<std::uint64_t>(best.value()), static_cast<std::uint64_t>(best.payload()[0])) : 0;
      return true;
    }
    case Do::count: as<Add>(bound)(static_cast<std::int64_t>(a & 0xffff) - 0x4000); return true;
    case Do::count_in:
      as<AddTo>(bound)(a % (program.careless ? list_width + 1 : list_width), static_cast<std::int64_t>(b & 0xff) - 0x40);
      return true;
    case Do::offer:
      as<Offer>(bound)(static_cast<std::int64_t>(a & 0xff), here.id(),
                       [word = b](std::span<std::int64_t> payload) { payload[0] = static_cast<std::int64_t>(word); });
      return true;
    case Do::local_index: to = here.index; return true;
    case Do::address: to = reinterpret_cast<std::uintptr_t>(as<PartItself>(bound).part); return true;
    case Do::shared_sum: to = shared_sum.fetch_add(1); return true;
    case Do::owned_count: to = as<PartItself>(bound).part->geometry.owned; return true;
    case Do::ghost_count: to = as<PartItself>(bound).part->geometry.ghosts; return true;
    case Do::block_count: to = as<PartItself>(bound).part->geometry.blocks.size(); return true;
    case Do::slot_count: to = as<PartItself>(bound).part->species.at(0).slots(); return true;
    case Do::concurrent: to = as<PartItself>(bound).concurrent ? 1 : 0; return true;
    default: return false;
  }
}

/// What kernels do that have fields of their own: nodes of the job's graph, and agents.
template <class Here>
bool do_own(const Bound& bound, const Here& here, Registers& r) {
  const Step step(bound, r);
  const Operation& o = step.o;
  [[maybe_unused]] std::uint64_t& to = step.to;
  [[maybe_unused]] const std::uint64_t a = step.a, b = step.b;
  switch (o.what) {
    case Do::read:
    case Do::intent: to = as<Read<std::uint64_t>>(bound)(here); return true;
    case Do::write:
    case Do::intend: as<Write<std::uint64_t>>(bound)(here) = a; return true;
    case Do::mixed: r[returned] = a; return true;
    case Do::element: to = as<ReadArray<std::uint32_t>>(bound)(here)[o.number % list_width]; return true;
    case Do::enlist: as<WriteArray<std::uint32_t>>(bound)(here)[o.number % list_width] = static_cast<std::uint32_t>(a); return true;
    default: return false;
  }
}

/// What agents do wherever they stand.
template <class Here>
bool do_as_agent(const Bound& bound, const Here& here, Registers& r) {
  const Step step(bound, r);
  const Operation& o = step.o;
  [[maybe_unused]] std::uint64_t& to = step.to;
  [[maybe_unused]] const std::uint64_t a = step.a, b = step.b;
  switch (o.what) {
    case Do::observe: as<WriteColumns<float>>(bound)(here, o.number % observation_count) = static_cast<float>(a & 0xff) / 256; return true;
    case Do::action: to = as<Read<std::uint8_t>>(bound)(here); return true;
    case Do::die:
      if ((scramble(a, here.id()) & 15) == 0) as<Die>(bound)(here);
      return true;
    default: return false;
  }
}

/// What is done on a node of the job's graph, the own one or the one on which the agent stands.
template <class Here>
bool do_on_node(const Bound& bound, const Here&, NodeRef node, Registers& r) {
  const Step step(bound, r);
  const Operation& o = step.o;
  [[maybe_unused]] std::uint64_t& to = step.to;
  [[maybe_unused]] const std::uint64_t a = step.a, b = step.b;
  switch (o.what) {
    case Do::near: to = as<Near<std::uint64_t>>(bound)(node); return true;
    case Do::value: to = as<Near<std::uint8_t>>(bound)(node); return true;
    case Do::smell: to = std::bit_cast<std::uint32_t>(as<Near<float>>(bound)(node)); return true;
    case Do::raise: as<Raise>(bound)(node, a | 1); return true;
    case Do::drop: as<Deposit>(bound)(node, static_cast<std::int64_t>(a & 0xfffff)); return true;
    default: return false;
  }
}

/// Whether one in two, or one in sixteen, does it: growth stays within bounds.
template <class Here>
bool one_in(std::uint64_t number, std::uint64_t a, const Here& here) {
  return scramble(a, here.id()) % number == 0;
}

/// Names nodes of growing layers by labels.
template <class Here>
bool do_names(const Program& program, const Bound& bound, const Here& here, Registers& r) {
  const Step step(bound, r);
  const Operation& o = step.o;
  [[maybe_unused]] std::uint64_t& to = step.to;
  [[maybe_unused]] const std::uint64_t a = step.a, b = step.b;
  switch (o.what) {
    case Do::name: {
      Content named = label_of(a, o.number);
      if (program.careless && b % 13 == 1) named.id = label_of(a + 1, o.number).id;  // two labels of one id
      as<EmitNode>(bound)(named, static_cast<std::uint32_t>(b & 0xff));
      return true;
    }
    case Do::link: {
      const auto& linking = as<Linking>(bound);
      if (linking.own || !one_in(2, a, here)) return linking.own ? false : true;
      const auto& [emit, link] = linking.with.all;
      const auto size = static_cast<std::uint32_t>(2 + b % (most_label_group - 1));
      const bool unnamed = program.careless && b % 7 == 1;
      const bool twins = program.careless && b % 7 == 2;
      for (std::uint32_t k = unnamed ? 1 : 0; k < size; ++k) emit(label_of(a + k, o.number), k);
      link(size, [&, label = a, amount = b](std::uint32_t k) {
        const std::uint64_t id = label_of(label + (twins ? 0 : k), o.number).id;
        return GroupMember{id, static_cast<std::uint32_t>(1 + (amount >> 2) % 3), o.number % 4};
      });
      return true;
    }
    case Do::come: {
      const auto& coming = as<Coming>(bound);
      if (!coming.emit) return false;
      if (!one_in(16, a, here)) return true;
      const Content& label = label_of(a, o.number);
      if (!program.careless || b % 5 != 1) (*coming.emit)(label, 1);
      coming.spawn(label.id, here.id(), program.number, [&, word = b](const Newborn& born) { born.set(coming.field, word); });
      return true;
    }
    default: return false;
  }
}

}  // namespace colony::testing
