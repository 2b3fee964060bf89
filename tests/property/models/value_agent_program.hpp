// The kernel that interprets a program over agents on the job's graph.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/property/models/value_steps.hpp"

namespace colony::testing {

/// Over agents on the job's graph.
struct AgentProgram {
  Program program;

  template <class Here>
  void operator()(const Here& here) const {
    Registers r = first_registers(here.id(), program.tick);
    bool claimed = false;
    for (const Bound& bound : program.operations) {
      program.ran(bound.operation.what);
      if (do_any(program, bound, here, r) || do_own(bound, here, r) || do_as_agent(bound, here, r) ||
          do_on_node(bound, here, here.node, r) || do_names(program, bound, here, r))
        continue;
      if (bound.operation.what == Do::claim) {
        if (!claimed || program.careless) as<ClaimOne>(bound)(here);
        claimed = true;
        continue;
      }
      apply(bound, here, r);
    }
  }

 private:
  template <class Here>
  void apply(const Bound& bound, const Here& here, Registers& r) const {
    const Step step(bound, r);
    const Operation& o = step.o;
    [[maybe_unused]] std::uint64_t& to = step.to;
    [[maybe_unused]] const std::uint64_t a = step.a, b = step.b;
    const NodeRef way = to_way(here, a);
    switch (o.what) {
      case Do::ways: {
        std::uint64_t sum = 0;
        for (int k = 0; k < here.degree(); ++k)
          if (const NodeRef v = to_way(here, static_cast<std::uint64_t>(k)); v.index != no_index) sum += as<Near<std::uint64_t>>(bound)(v);
        to = sum;
        break;
      }
      case Do::found: {
        const auto& [at, field] = as<Finding>(bound).all;
        to = field(at(here.id(way.index == no_index ? here.node : way)));
        break;
      }
      case Do::raise_out:
        if (way.index != no_index) as<Raise>(bound)(way, scramble(a, here.id()) | 1);
        break;
      case Do::lower_out:
        if (way.index != no_index) as<Lower>(bound)(way, scramble(a, here.id()) >> 1);
        break;
      case Do::give_out:
        if (way.index != no_index) as<AddNear>(bound)(way, amount_of(program, a));
        break;
      case Do::drop_out:
        if (way.index != no_index) as<Deposit>(bound)(way, static_cast<std::int64_t>(a & 0xffff));
        break;
      case Do::lay: {
        const auto& lay = as<Lay>(bound);
        lay(o.number % 2 == 0 || way.index == no_index ? here.node : way, static_cast<std::uint32_t>(b % lay.width),
            static_cast<std::int64_t>(b & 63));
        break;
      }
      case Do::trail: {
        const auto row = as<ArrayHere<float>>(bound)(here);
        to = std::bit_cast<std::uint32_t>(row[a % row.size()]);
        break;
      }
      case Do::step:
        if (way.index != no_index || program.careless) as<StepTo>(bound)(here, way);
        break;
      case Do::emit: as<Emit>(bound)(a, here.id()); break;
      case Do::stood: to = as<FieldHere<std::uint64_t>>(bound)(here); break;
      case Do::leave: as<LeaveHere<std::uint64_t>>(bound)(here, a); break;
      case Do::spawn:  // few: children have children
        if (one_in(16, a, here))
          as<Bearing>(bound).spawn(here, program.number, [&, word = b](const Newborn& born) { born.set(as<Bearing>(bound).field, word); });
        break;
      default: COLONY_ASSERT(false, std::string("no operation of agents: ") + name_of(o.what));
    }
  }

  template <class Here>
  NodeRef to_way(const Here& here, std::uint64_t a) const {
    const int degree = here.degree();
    return degree <= 0 ? NodeRef{no_index} : here.neighbour(static_cast<int>(a % static_cast<std::uint64_t>(degree)));
  }
};

}  // namespace colony::testing
