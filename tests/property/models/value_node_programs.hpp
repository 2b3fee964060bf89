// Kernels that interpret a program over nodes of the job's graph.
#pragma once

#include <string>

#include "tests/property/models/value_steps.hpp"

namespace colony::testing {

/// Over nodes of the job's graph.
struct NodeProgram {
  Program program;

  template <class Here>
  void operator()(const Here& here) const {
    registers_after(here);
  }
  template <class Here>
  Registers registers_after(const Here& here) const {
    Registers r = first_registers(here.id(), program.tick);
    for (const Bound& bound : program.operations) {
      program.ran(bound.operation.what);
      if (do_any(program, bound, here, r) || do_own(bound, here, r) || do_on_node(bound, here, here, r) ||
          do_names(program, bound, here, r) || do_rows(bound, here, r) || do_trace(bound, here, r))
        continue;
      apply(bound, here, r);
    }
    return r;
  }

 private:
  template <class Here>
  void apply(const Bound& bound, const Here& here, Registers& r) const {
    const Step step(bound, r);
    const Operation& o = step.o;
    [[maybe_unused]] std::uint64_t& to = step.to;
    [[maybe_unused]] const std::uint64_t a = step.a, b = step.b;
    switch (o.what) {
      case Do::mark:
        if ((a & 1) == 0) as<Mark>(bound)(here);
        break;
      case Do::raised: to = as<Raised>(bound)(here); break;
      case Do::lowered: to = as<Lowered>(bound)(here); break;
      case Do::become: {
        const auto& change = as<Become>(bound);
        if ((a & 3) != 0) break;
        if (program.careless && a % 11 == 0) change(here, static_cast<std::uint8_t>(category_values + a % 3));
        else change(here, static_cast<std::uint8_t>((change.data[here.index] + 1 + (a >> 2) % (category_values - 1)) % category_values));
        break;
      }
      case Do::emit: as<Emit>(bound)(a, here.id()); break;
      case Do::spawn:
        if ((a & 15) == 0)
          as<Bearing>(bound).spawn(here, program.number, [&, word = b](const Newborn& born) { born.set(as<Bearing>(bound).field, word); });
        break;
      case Do::anchor: as<EmitNode>(bound).anchored(here, label_of(a, o.number), static_cast<std::uint32_t>(b & 0xff)); break;
      case Do::relate: {
        const auto& relating = as<Relating>(bound);
        const std::uint64_t source = relating.emit->anchored(here, label_of(a, o.number), 1);
        relating.relate(here, source, label_of(b, o.number + 1).id, static_cast<std::uint32_t>(a & 0xff));
        break;
      }
      default: COLONY_ASSERT(false, std::string("no operation of nodes: ") + name_of(o.what));
    }
  }

  static Probability chance_of(const Operation& o) { return Probability(static_cast<double>(o.number % 11) / 10); }
  /// All of a row, or two in three, by a register.
  template <class Here>
  static auto wanted_by(const Here& here, std::uint64_t a) {
    return [&here, a](NodeRef v) { return here.id(v) % 3 != a % 4; };
  }

  /// What walks a row.
  template <class Here>
  bool do_rows(const Bound& bound, const Here& here, Registers& r) const {
    const Step step(bound, r);
    const Operation& o = step.o;
    [[maybe_unused]] std::uint64_t& to = step.to;
    [[maybe_unused]] const std::uint64_t a = step.a, b = step.b;
    std::uint64_t fold = 0;
    switch (o.what) {
      case Do::sources: here.for_each_source([&](NodeRef v) { fold = fold * 31 + as<Near<std::uint64_t>>(bound)(v); }); break;
      case Do::coins:
        here.for_each_source([&](NodeRef v) { fold += as<Draws>(bound).edge(here.id(v), here.id())[bound.operation.number % 4] >> 31; });
        break;
      case Do::heads: {
        const auto& [coin, field] = as<Tossing>(bound).all;
        coin.heads_among_sources(here, chance_of(o), wanted_by(here, a), [&, near = &field](NodeRef v) { fold = fold * 31 + (*near)(v); });
        break;
      }
      case Do::heads_out:
        as<Draws>(bound).heads_among_targets(here, chance_of(o), wanted_by(here, a), [&](NodeRef v) { fold = fold * 31 + here.id(v); });
        break;
      case Do::any_head: fold = as<Draws>(bound).any_head_among_sources(here, chance_of(o), wanted_by(here, a)) ? 1 : 0; break;
      case Do::cause: fold = as<Cause>(bound).order(here.id()).place_of(a); break;
      case Do::found: {
        const auto& finding = as<Finding>(bound).all;
        here.for_each_source([&](NodeRef v) {
          if (here.id(v) % 3 == 0) fold += std::get<1>(finding)(std::get<0>(finding)(here.id(v)));
        });
        break;
      }
      case Do::neighbour_index: here.for_each_source([&](NodeRef v) { fold = v.index; }); break;
      case Do::raise_out:
        here.for_each_target([&, word = a](NodeRef v) { as<Raise>(bound)(v, scramble(word, here.id()) | 1); });
        return true;
      case Do::lower_out:
        here.for_each_target([&, word = a](NodeRef v) { as<Lower>(bound)(v, scramble(word, here.id()) >> 1); });
        return true;
      case Do::give_out: here.for_each_target([&, word = a](NodeRef v) { as<AddNear>(bound)(v, amount_of(program, word)); }); return true;
      case Do::drop_out:
        here.for_each_target([&, word = a](NodeRef v) { as<Deposit>(bound)(v, static_cast<std::int64_t>(word & 0xffff)); });
        return true;
      default: return false;
    }
    to = fold;
    return true;
  }

  template <class Here>
  bool do_trace(const Bound& bound, const Here& here, Registers& r) const {
    const Step step(bound, r);
    const Operation& o = step.o;
    [[maybe_unused]] std::uint64_t& to = step.to;
    [[maybe_unused]] const std::uint64_t a = step.a, b = step.b;
    std::uint64_t fold = 0;
    switch (o.what) {
      case Do::trail: {
        const auto row = as<ReadArray<float>>(bound)(here);
        to = std::bit_cast<std::uint32_t>(row[a % row.size()]);
        return true;
      }
      case Do::lay: {
        const auto& lay = as<Lay>(bound);
        const auto towards = static_cast<std::uint32_t>(b % (program.careless ? lay.width + 1 : lay.width));
        if (o.number % 2 == 0) lay(here, towards, static_cast<std::int64_t>(a & 63));
        else
          here.for_each_target([&, word = a](NodeRef v) {
            if (scramble(here.id(v), here.id() + word) % 8 == 0) lay(v, towards, static_cast<std::int64_t>(word & 63));
          });
        return true;
      }
      case Do::laid: {  // whole numbers, which a float adds up without rounding
        const auto& [laid, trace] = as<LaidOn>(bound).all;
        for (const auto& deposit : laid(here)) {
          fold += scramble(deposit.towards, 7) * static_cast<std::uint64_t>(deposit.amount);
          trace(here)[deposit.towards] += static_cast<float>(deposit.amount);
        }
        break;
      }
      case Do::laid_order:
        for (const auto& deposit : as<Laid>(bound)(here))
          fold = fold * 31 + scramble(deposit.towards, 7) + static_cast<std::uint64_t>(deposit.amount);
        break;
      default: return false;
    }
    to = fold;
    return true;
  }
};

/// ... that returns the next value of a field.
struct MixingProgram {
  NodeProgram nodes;
  Next<std::uint64_t> next;

  template <class Here>
  std::uint64_t operator()(const Here& here) const {
    return nodes.registers_after(here)[returned];
  }
};

}  // namespace colony::testing
