// The engine-owned loops: they bind a kernel to a part and run it over a range of its domain. One instantiation a topology.
#pragma once

#include <boost/pfr/core.hpp>
#include <cstddef>

#include "engine/access.hpp"
#include "engine/agent_here.hpp"
#include "engine/error.hpp"
#include "engine/executor.hpp"

namespace colony {

/// The accesses of a kernel, collected from its members.
template <class Kernel>
AccessNotes notes_of(const Kernel& kernel) {
  AccessNotes notes;
  boost::pfr::for_each_field(kernel, [&](const auto& member) {
    if constexpr (requires { member.note(notes); }) member.note(notes);
  });
  return notes;
}

/// A copy of the kernel whose accessors point into `part`.
template <class Kernel>
Kernel bound(const Kernel& kernel, Part& part, bool concurrent) {
  Kernel copy = kernel;
  const Binding binding{part, part.scratch(Executor::worker()), concurrent};
  boost::pfr::for_each_field(copy, [&](auto& member) {
    if constexpr (requires { member.bind(binding); }) member.bind(binding);
  });
  return copy;
}

/// Rows of a lattice, vectorisable inside. first and last are local indices of owned nodes.
template <class Kernel>
void run_lattice_rows(const Kernel& kernel, const RowLattice& lattice, std::size_t first, std::size_t last) {
  const std::size_t width = lattice.width;
  const auto at_border = [&](std::size_t i) {
    LatticeHere<RowLattice> here(i, &lattice);
    kernel(here);
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
        kernel(here);
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
  switch (part.geometry.topology) {
    case Topology::csr:
      f([&, rows = part.csr](std::size_t i) {
        CsrHere here{{i}, &rows};
        kernel(here);
      });
      break;
    case Topology::lattice:
      if (part.geometry.whole_rows)
        f([&, rows = part.row_lattice](std::size_t i) {
          LatticeHere<RowLattice> here(i, &rows);
          kernel(here);
        });
      else
        f([&, rows = part.table_lattice](std::size_t i) {
          LatticeHere<TableLattice> here(i, &rows);
          kernel(here);
        });
      break;
    case Topology::complete:
      f([&, rows = part.complete](std::size_t i) {
        CompleteHere here(i, &rows);
        kernel(here);
      });
      break;
    case Topology::none: COLONY_ASSERT(false, "a node kernel on a layer without nodes");
  }
}

template <class Accessor>
inline constexpr bool is_near = false;
template <class T>
inline constexpr bool is_near<Near<T>> = true;

/// Whether a kernel looks along rows, and whether at the ids of those it meets there: from the types of its members.
template <class Kernel>
constexpr bool has_near() {
  return []<std::size_t... I>(std::index_sequence<I...>) { return (is_near<boost::pfr::tuple_element_t<I, Kernel>> || ...); }
  (std::make_index_sequence<boost::pfr::tuple_size_v<Kernel>>());
}
template <class Kernel>
constexpr bool has_draws() {
  return []<std::size_t... I>(std::index_sequence<I...>) { return (std::is_same_v<boost::pfr::tuple_element_t<I, Kernel>, Draws> || ...); }
  (std::make_index_sequence<boost::pfr::tuple_size_v<Kernel>>());
}

/// Visits nodes that lie apart. Their rows do too, so those of a batch are asked for before the first is read.
template <class Kernel, class Visit>
class ScatteredVisits {
 public:
  ScatteredVisits(const Part& part, const Visit& visit) : part_(part), visit_(visit) {}

  void add(std::size_t node) {
    if constexpr (!has_near<Kernel>()) {
      visit_(node);
    } else {
      waiting_[count_++] = node;
      if (count_ == batch) flush();
    }
  }
  void flush() {
    if (part_.geometry.topology == Topology::csr) fetch_rows();
    for (std::size_t k = 0; k < count_; ++k) visit_(waiting_[k]);
    count_ = 0;
  }

 private:
  void fetch_rows() const {
    const CsrRows& rows = part_.csr;
    const std::uint64_t* offsets = rows.out_offsets ? rows.out_offsets : rows.in_offsets;
    const LocalIndex* ends = rows.out_offsets ? rows.targets : rows.sources;
    const std::uint32_t* ids = !has_draws<Kernel>() ? nullptr : rows.out_offsets ? rows.target_ids : rows.source_ids;
    for (std::size_t k = 0; k < count_; ++k) __builtin_prefetch(&offsets[waiting_[k]]);
    for (std::size_t k = 0; k < count_; ++k) {
      const std::uint64_t first = offsets[waiting_[k]], end = offsets[waiting_[k] + 1];
      if (first == end) continue;
      const std::uint64_t last = end - 1;  // short rows straddle two lines
      __builtin_prefetch(&ends[first]);
      __builtin_prefetch(&ends[last]);
      if (!ids) continue;
      __builtin_prefetch(&ids[first]);
      __builtin_prefetch(&ids[last]);
    }
  }

  static constexpr std::size_t batch = 16;
  const Part& part_;
  const Visit& visit_;
  std::size_t waiting_[batch];
  std::size_t count_ = 0;
};

/// Visits the nodes of a set: full words in order, single ones as scattered.
template <class Kernel, class Visit>
void walk_set(NodeSet& set, std::size_t begin, std::size_t end, const Part& part, const Visit& visit) {
  ScatteredVisits<Kernel, Visit> scattered(part, visit);
  set.walk(begin, end, [&](std::size_t first, std::size_t length) {
    if (length == 1) {
      scattered.add(first);
    } else {
      for (std::size_t i = first; i < first + length; ++i) visit(i);
    }
  });
  scattered.flush();
}

/// Runs a node kernel over items [begin, end) of its domain.
template <class Kernel>
void run_nodes(const Kernel& prototype, const Domain& domain, Part& part, std::size_t begin, std::size_t end, bool concurrent) {
  const Kernel kernel = bound(prototype, part, concurrent);
  if (domain.kind == Domain::Kind::all && part.geometry.topology == Topology::lattice && part.geometry.whole_rows) {
    const RowLattice lattice = part.row_lattice;
    run_lattice_rows(kernel, lattice, begin, end);
    return;
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
          const auto& list =
              domain.kind == Domain::Kind::marked ? part.workers[w].marked[domain.index] : part.workers[w].touched[domain.index];
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
    const auto visit = [&](std::size_t slot) {
      AgentHere<std::decay_t<decltype(rows)>> here{slot, {nodes[slot]}, &rows, ids, rows.spot(nodes[slot])};
      kernel(here);
    };
    if (domain.kind == Domain::Kind::winners) {
      const auto& winners = part.winners[domain.index];
      for (std::size_t i = begin; i < end; ++i)
        if (winners[i].species == species_index) visit(winners[i].slot);
    } else {
      for (std::size_t slot = begin; slot < end; ++slot)
        if (nodes[slot] != no_index) visit(slot);
    }
  };
  switch (part.geometry.topology) {
    case Topology::lattice:
      if (part.geometry.whole_rows) run(RowLattice(part.row_lattice));
      else run(TableLattice(part.table_lattice));
      break;
    case Topology::csr: run(CsrRows(part.csr)); break;
    default: COLONY_ASSERT(false, "agents need a lattice or a graph to stand on");
  }
}

}  // namespace colony
