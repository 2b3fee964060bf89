// Kernels that interpret a program over the nodes of a growing layer, and over agents there. What they make of links depends on no order.
#pragma once

#include <string>

#include "tests/property/models/value_steps.hpp"

namespace colony::testing {

/// A number of a link, and of the node that it leads to.
inline std::uint64_t number_of(const GrowingHere& node, NodeRef v, const Link& link) {
  const std::uint64_t marks = std::uint64_t{link.own_wish} << 1 | link.other_wish;
  const std::uint64_t times = std::uint64_t{link.first} << 32 | link.last, what = std::uint64_t{link.count} << 16 | link.origin;
  return scramble(scramble(node.id(v), std::bit_cast<std::uint32_t>(link.weight)), scramble(times, what) + link.tie * 4 + marks);
}

/// What is done on a node of a growing layer. on_agents: by an agent that stands there.
template <class Here>
bool do_on_growing(const Program& program, const Bound& bound, const Here& here, const GrowingHere& node, Registers& r) {
  constexpr bool on_agents = std::is_base_of_v<OwnAgent, Here>;
  const Step step(bound, r);
  const Operation& o = step.o;
  [[maybe_unused]] std::uint64_t& to = step.to;
  [[maybe_unused]] const std::uint64_t a = step.a, b = step.b;
  std::uint64_t fold = 0;
  switch (o.what) {
    case Do::grown: to = as<GrowingNear>(bound)(node); return true;
    case Do::link_sum:
      node.for_each_link([&](NodeRef v, const Link& link) { fold += scramble(number_of(node, v, link), as<GrowingNear>(bound)(v)); });
      to = fold + node.degree();
      return true;
    case Do::link_least:
      fold = ~std::uint64_t{0};
      node.for_each_link([&, seed = a](NodeRef v, const Link& link) {
        fold = std::min(fold, scramble(number_of(node, v, link), as<GrowingNear>(bound)(v) + seed));
      });
      to = fold;
      return true;
    case Do::scent: to = as<GrowingSense>(bound)(node); return true;
    case Do::set: {
      constexpr int few_bits = 40;  // sums of the field over the nodes stay within 64
      const std::uint64_t value = on_agents && !program.careless ? scramble(node.id(), program.tick) : a;
      as<GrowingSet>(bound)(node, program.careless ? value : value >> (64 - few_bits) ^ (value & 0xffff));
      return true;
    }
    case Do::link: {  // the own node and those that its links lead to
      if (!one_in(2, a, here)) return true;
      std::array<std::uint64_t, 3> members{node.id()};
      std::uint32_t size = 1;
      const std::uint64_t bit = o.number % 2;
      node.for_each_link([&](NodeRef v, const Link&) {
        if (node.id(v) % 4 == bit) members[0] = std::min(members[0], node.id(v));
      });
      if (members[0] != node.id()) members[size++] = node.id();
      const std::uint64_t least = members[0];
      std::uint64_t second = ~std::uint64_t{0};
      node.for_each_link([&](NodeRef v, const Link&) {
        if (node.id(v) > least && node.id(v) != node.id()) second = std::min(second, node.id(v));
      });
      if (second != ~std::uint64_t{0}) members[size++] = second;
      const LinkGroup& link = std::get<LinkGroup>(as<Linking>(bound).with.all);
      link(size, [&, amount = b](std::uint32_t k) { return GroupMember{members[k], static_cast<std::uint32_t>(1 + amount % 3), k}; });
      return true;
    }
    case Do::part: {
      NodeRef chosen{no_index};
      std::uint64_t least = ~std::uint64_t{0};
      node.for_each_link([&, word = a](NodeRef v, const Link&) {
        if (const std::uint64_t key = scramble(node.id(v), word); key < least) {
          least = key;
          chosen = v;
        }
      });
      if (chosen.index != no_index && a % 4 == 0) as<Unlink>(bound)(here, chosen);
      return true;
    }
    case Do::relate: {
      const bool others = program.careless && b % 5 == 1;
      as<Relating>(bound).relate(here, others ? label_of(b, o.number).id : node.id(), label_of(a, o.number).id,
                                 static_cast<std::uint32_t>(b & 0xff));
      return true;
    }
    case Do::come:
      if (one_in(16, a, here))
        as<Coming>(bound).spawn(node.id(), here.id(), program.number,
                                [&, word = b](const Newborn& born) { born.set(as<Coming>(bound).field, word); });
      return true;
    case Do::link_order: node.for_each_link([&](NodeRef v, const Link&) { fold = fold * 31 + node.id(v); }); break;
    case Do::link_index: node.for_each_link([&](NodeRef v, const Link&) { fold += v.index; }); break;
    default: return false;
  }
  to = fold;
  return true;
}

/// Over the nodes of a growing layer.
struct GrowingProgram {
  Program program;

  void operator()(const GrowingHere& here) const {
    Registers r = first_registers(here.id(), program.tick);
    for (const Bound& bound : program.operations) {
      program.ran(bound.operation.what);
      if (do_any(program, bound, here, r) || do_names(program, bound, here, r) || do_on_growing(program, bound, here, here, r)) continue;
      const Step step(bound, r);
      COLONY_ASSERT(step.o.what == Do::namesake, std::string("no operation of growing nodes: ") + name_of(step.o.what));
      as<EmitNode>(bound).namesake(here, static_cast<std::uint32_t>(step.a & 0xff));
    }
  }
};

/// Over agents on a growing layer.
struct GrowingAgentProgram {
  Program program;

  void operator()(const GrowingAgentHere& here) const {
    Registers r = first_registers(here.id(), program.tick);
    for (const Bound& bound : program.operations) {
      program.ran(bound.operation.what);
      if (do_any(program, bound, here, r) || do_own(bound, here, r) || do_as_agent(bound, here, r) || do_names(program, bound, here, r) ||
          do_on_growing(program, bound, here, here.node, r))
        continue;
      const Step step(bound, r);
      COLONY_ASSERT(step.o.what == Do::along, std::string("no operation of agents on growing layers: ") + name_of(step.o.what));
      NodeRef chosen{no_index};
      std::uint64_t least = ~std::uint64_t{0};
      here.for_each_link([&](NodeRef v, const Link&) {
        if (const std::uint64_t key = scramble(here.id(v), step.a); key < least) {
          least = key;
          chosen = v;
        }
      });
      if (chosen.index != no_index || program.careless) as<StepAlong>(bound)(here, chosen);
    }
  }
};

}  // namespace colony::testing
