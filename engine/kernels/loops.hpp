// The engine-owned loops: they bind a kernel to a part and run it over a range of its domain. One instantiation a topology.
#pragma once

#include <cstddef>
#include <ranges>
#include <tuple>
#include <type_traits>

#include "engine/effects/claim.hpp"
#include "engine/effects/maximum.hpp"
#include "engine/error.hpp"
#include "engine/executor.hpp"
#include "engine/kernels/access.hpp"
#include "engine/kernels/agent_here.hpp"
#include "engine/kernels/members.hpp"
#include "engine/kernels/scattered_visits.hpp"

namespace colony {

template <class T>
concept Accessor = requires(const T& t, AccessNotes& notes) {
  t.note(notes);
}
|| requires(T& t, const Binding& b) { t.bind(b); };

/// f(accessor) of each that a member of a kernel is or holds: in an array, another range, an optional, a tuple or a plain struct.
template <class T, class F>
void for_each_accessor(T& member, const F& f) {
  using Plain = std::remove_const_t<T>;
  const auto inside = [&](auto& inner) {
    static_assert(!IsNext<std::remove_cvref_t<decltype(inner)>>::value, "a Next is a member of its kernel, not of one of its members");
    for_each_accessor(inner, f);
  };
  if constexpr (Accessor<Plain>) {
    f(member);
  } else if constexpr (std::ranges::range<T&>) {
    using Element = std::ranges::range_value_t<T&>;
    static_assert(!(std::ranges::view<Plain> && Accessor<Element>), "a view of accessors: a kernel has to hold them itself");
    if constexpr (std::is_class_v<Element> && !std::ranges::view<Plain>)
      for (auto& element : member) inside(element);
  } else if constexpr (requires { member.has_value(), *member; }) {
    if (member.has_value()) inside(*member);
  } else if constexpr (requires { std::tuple_size<Plain>::value; }) {
    std::apply([&](auto&... elements) { (inside(elements), ...); }, member);
  } else if constexpr (std::is_class_v<Plain> && std::is_aggregate_v<Plain> && !std::is_empty_v<Plain>) {
    if constexpr (member_count<Plain> <= detail::most_members) for_each_member(member, inside);
  }
}

/// The accesses of a kernel, collected from its members.
template <class Kernel>
AccessNotes notes_of(const Kernel& kernel) {
  AccessNotes notes;
  for_each_member(kernel, [&](const auto& member) {
    for_each_accessor(member, [&](const auto& accessor) {
      if constexpr (requires { accessor.note(notes); }) accessor.note(notes);
    });
  });
  return notes;
}

/// A copy of the kernel whose accessors point into `part`.
template <class Kernel>
Kernel bound(const Kernel& kernel, Part& part, bool concurrent) {
  Kernel copy = kernel;
  const std::size_t worker = Executor::worker();
  const Binding binding{part, part.scratch(worker), worker, concurrent};
  for_each_member(copy, [&](auto& member) {
    for_each_accessor(member, [&](auto& accessor) {
      if constexpr (requires { accessor.bind(binding); }) accessor.bind(binding);
    });
  });
  return copy;
}

/// Runs the kernel for a node. What it returns is the next value of the field of its Next.
template <class Kernel, class Here>
COLONY_INLINE void run_at(const Kernel& kernel, const Here& here) {
  using Returned = std::invoke_result_t<const Kernel&, const Here&>;
  if constexpr (any_member<Kernel, IsNext>) {
    static_assert(members_that<Kernel, IsNext> == 1 && !std::is_void_v<Returned>, "a kernel with a Next has one, and returns its value");
    for_each_member(kernel, [&, value = kernel(here)](const auto& member) {
      using Member = std::remove_cvref_t<decltype(member)>;
      if constexpr (IsNext<Member>::value) {
        static_assert(std::is_same_v<Returned, typename Member::Value>, "a kernel returns the type of its Next");
        member.data[here.index] = value;
      }
    });
  } else {
    static_assert(std::is_void_v<Returned>, "a kernel returns nothing, or the next value of the field of its Next");
    kernel(here);
  }
}

/// Rows of a lattice, vectorisable inside. first and last are local indices of owned nodes.
template <class Kernel>
void run_lattice_rows(const Kernel& kernel, const RowLattice& lattice, std::size_t first, std::size_t last) {
  const std::size_t width = lattice.width;
  const auto at_border = [&](std::size_t i) {
    LatticeHere<RowLattice> here(i, &lattice);
    run_at(kernel, here);
  };
  for (std::size_t row = first / width; row * width < last; ++row) {
    const std::size_t row_begin = row * width;
    const std::size_t begin = std::max(first, row_begin);
    const std::size_t end = std::min(last, row_begin + width);
    const bool closed = lattice.row_above[row] == no_index || lattice.row_below[row] == no_index;
    if (closed || width < 3) {
      for (std::size_t i = begin; i < end; ++i) at_border(i);
      continue;
    }
    if (begin == row_begin) at_border(begin);
    const std::size_t above = lattice.row_above[row] * width, below = lattice.row_below[row] * width;
    const std::size_t inner_begin = std::max(begin, row_begin + 1), inner_end = std::min(end, row_begin + width - 1);
    const auto inner = [&](auto eight) {
#pragma GCC ivdep
      for (std::size_t i = inner_begin; i < inner_end; ++i) {
        RowHere<decltype(eight)::value> here{{i}, &lattice, above + (i - row_begin), below + (i - row_begin)};
        run_at(kernel, here);
      }
    };
    if (lattice.step == 1) inner(std::true_type{});
    else inner(std::false_type{});
    if (end == row_begin + width && end > begin && end - 1 != row_begin) at_border(end - 1);
  }
}

/// Calls f(visit), where visit(i) runs the kernel for node i on the part's topology.
template <class Kernel, class F>
void with_node_visitor(const Kernel& kernel, Part& part, F&& f) {
  COLONY_ASSERT(runs_on<Kernel>(part.geometry.topology), "a kernel of another topology");
  switch (part.geometry.topology) {
    case Topology::csr:
      if constexpr (runs_on<Kernel>(Topology::csr))
        f([&, rows = part.csr](std::size_t i) {
          CsrHere here{{i}, &rows};
          run_at(kernel, here);
        });
      break;
    case Topology::lattice:
      if constexpr (runs_on<Kernel>(Topology::lattice)) {
        if (part.geometry.whole_rows)
          f([&, rows = part.row_lattice](std::size_t i) {
            LatticeHere<RowLattice> here(i, &rows);
            run_at(kernel, here);
          });
        else
          f([&, rows = part.table_lattice](std::size_t i) {
            LatticeHere<TableLattice> here(i, &rows);
            run_at(kernel, here);
          });
      }
      break;
    case Topology::complete:
      if constexpr (runs_on<Kernel>(Topology::complete))
        f([&, rows = part.complete](std::size_t i) {
          CompleteHere here(i, &rows);
          run_at(kernel, here);
        });
      break;
    case Topology::none: COLONY_ASSERT(false, "a node kernel on a layer without nodes");
  }
}

/// Runs a node kernel over items [begin, end) of its domain.
template <class Kernel>
void run_nodes(const Kernel& prototype, const Domain& domain, Part& part, std::size_t begin, std::size_t end, bool concurrent) {
  const Kernel kernel = bound(prototype, part, concurrent);
  if constexpr (runs_on<Kernel>(Topology::lattice)) {
    if (domain.kind == Domain::Kind::all && part.geometry.topology == Topology::lattice && part.geometry.whole_rows) {
      const RowLattice lattice = part.row_lattice;
      run_lattice_rows(kernel, lattice, begin, end);
      return;
    }
  }
  with_node_visitor(kernel, part, [&](const auto& visit) {
    ScatteredVisits<Kernel, std::decay_t<decltype(visit)>> scattered(part, visit);
    switch (domain.kind) {
      case Domain::Kind::all:
        for (std::size_t i = begin; i < end; ++i) visit(i);
        break;
      case Domain::Kind::category_value: walk_set<Kernel>(part.categories[domain.index].sets[domain.value], begin, end, part, visit); break;
      case Domain::Kind::marked:
      case Domain::Kind::touched:
        // begin and end count the lists of the workers: each list is one item.
        for (std::size_t w = begin; w < end; ++w) {
          const auto& list = domain.kind == Domain::Kind::marked ? part.workers[w].marked[domain.index]
                                                                 : part.effect<MaximumEffect>(domain.index).touched[w];
          for (const LocalIndex i : list)
            if (i < part.geometry.owned) scattered.add(i);
        }
        scattered.flush();
        break;
      case Domain::Kind::winners: COLONY_ASSERT(false, "winners are agents");
    }
  });
}

/// Runs an agent kernel over slots [begin, end), or over winners [begin, end) of a claim.
template <class Kernel>
void run_agents(const Kernel& prototype, const Domain& domain, std::uint32_t species_index, Part& part, std::size_t begin, std::size_t end,
                bool concurrent) {
  const Kernel kernel = bound(prototype, part, concurrent);
  SpeciesPart& species = part.species[species_index];
  const auto run = [&](const auto& rows) {
    const LocalIndex* nodes = species.nodes.data();
    const std::uint64_t* ids = species.ids.data();
    const auto* winners = domain.kind == Domain::Kind::winners ? part.effect<ClaimEffect>(domain.index).winners.data() : nullptr;
    // One loop for both: a kernel that is called in two places is not inlined, which costs a tenth of a tick of foraging.
    for (std::size_t i = begin; i < end; ++i) {
      if (winners != nullptr ? winners[i].species != species_index : nodes[i] == no_index) continue;
      const std::size_t slot = winners != nullptr ? winners[i].slot : i;
      AgentHere<std::decay_t<decltype(rows)>> here{{slot}, {nodes[slot]}, &rows, ids, rows.spot(nodes[slot]), species_index};
      static_assert(std::is_void_v<std::invoke_result_t<const Kernel&, decltype(here)&>>, "a kernel of agents returns nothing");
      kernel(here);
    }
  };
  COLONY_ASSERT(runs_on<Kernel>(part.geometry.topology), "a kernel of another topology");
  switch (part.geometry.topology) {
    case Topology::lattice:
      if constexpr (runs_on<Kernel>(Topology::lattice)) {
        if (part.geometry.whole_rows) run(RowLattice(part.row_lattice));
        else run(TableLattice(part.table_lattice));
      }
      break;
    case Topology::csr:
      if constexpr (runs_on<Kernel>(Topology::csr)) run(CsrRows(part.csr));
      break;
    case Topology::complete:
      if constexpr (runs_on<Kernel>(Topology::complete)) run(CompleteRows(part.complete));
      break;
    default: COLONY_ASSERT(false, "agents need nodes to stand on");
  }
}

}  // namespace colony
