// Kernels of models on the card: what they write beside what the same kernels write on the CPU, and their speed.
#pragma once

#include <cstdio>
#include <vector>

#include "cuda/check/card.hpp"
#include "cuda/visits.hpp"
#include "models/epidemic/contact_kernels.hpp"
#include "models/foraging/look_kernel.hpp"

namespace colony::check {

/// Columns by their number, for accessors: of nodes, of agents, and one maximum.
struct Columns {
  std::vector<void*> nodes, agents;
  std::uint64_t* raised = nullptr;
  bool concurrent = false;  ///< on the card
  bool asked = false;       ///< events are wanted
  template <class T>
  const T* read(std::int32_t species, std::uint32_t column) const {
    return write<T>(species, column);
  }
  template <class T>
  T* write(std::int32_t species, std::uint32_t column) const {
    return static_cast<T*>((species < 0 ? nodes : agents)[column]);
  }
  std::uint32_t known_nodes() const { return no_index; }  ///< a device checks nothing
  std::uint64_t* maximum(std::uint32_t) const { return raised; }
  RandomKey key(Stream) const { return {3, 9}; }
  bool events_wanted() const { return asked; }
  Probability chance(Setting) const { return Probability(0.03); }
};

inline std::uint32_t drawn(std::uint32_t what, std::uint64_t i) { return draw_entity({77, what}, i)[0]; }

/// The Sense kernel of `foraging`: a torus with a node for each agent, agents in the order of their nodes.
inline bool check_look(const Limits& limits, std::size_t agents) {
  std::size_t width = 1;
  while (width * width < agents) width *= 2;
  const std::size_t count = width * width;
  std::vector<float> pheromone(count);
  std::vector<std::uint32_t> food(count), nest_distance(count), above(width), below(width);
  std::vector<std::uint8_t> heading(agents), carrying(agents), plan(agents);
  std::vector<LocalIndex> nodes(agents);
  std::vector<std::uint64_t> ids(agents);
  for (std::size_t i = 0; i < count; ++i) {
    pheromone[i] = static_cast<float>(drawn(1, i) >> 8) * 0x1p-22f;
    food[i] = drawn(2, i) % 16 == 0 ? 3 : 0;
    nest_distance[i] = drawn(3, i);
  }
  for (std::size_t i = 0; i < agents; ++i) {
    heading[i] = drawn(4, i) % 8;
    carrying[i] = drawn(5, i) % 2;
    nodes[i] = static_cast<LocalIndex>(static_cast<double>(i) / static_cast<double>(agents) * static_cast<double>(count));
    ids[i] = drawn(6, i);
  }
  for (std::size_t row = 0; row < width; ++row) {
    above[row] = static_cast<std::uint32_t>((row + 1) % width);
    below[row] = static_cast<std::uint32_t>((row + width - 1) % width);
  }
  RowLattice lattice;
  lattice.width = lattice.owned_rows = width;
  lattice.row_above = above.data();
  lattice.row_below = below.data();
  lattice.width_inverse = ~std::uint64_t{0} / width + 1;
  const foraging::Look look{NodeField<float>{0},
                            NodeField<std::uint32_t>{1},
                            NodeField<std::uint32_t>{2},
                            AgentField<std::uint8_t>{0, 0},
                            AgentField<std::uint8_t>{0, 1},
                            AgentField<std::uint8_t>{0, 2},
                            Stream::user};
  const auto bound = [&](const Columns& columns) {
    foraging::Look kernel = look;
    kernel.pheromone.bind(columns);
    kernel.food.bind(columns);
    kernel.nest_distance.bind(columns);
    kernel.heading.bind(columns);
    kernel.carrying.bind(columns);
    kernel.plan.bind(columns);
    kernel.draws.bind(columns);
    return kernel;
  };
  using Visit = VisitAgent<foraging::Look, RowLattice>;
  const Visit here{bound({{pheromone.data(), food.data(), nest_distance.data()}, {heading.data(), carrying.data(), plan.data()}}), lattice,
                   nodes.data(), ids.data()};
  for (std::size_t i = 0; i < agents; ++i) here(i);

  const OnCard<float> card_pheromone(pheromone);
  const OnCard<std::uint32_t> card_food(food), card_distance(nest_distance), card_above(above), card_below(below);
  const OnCard<std::uint8_t> card_heading(heading), card_carrying(carrying), card_plan(agents);
  const OnCard<LocalIndex> card_nodes(nodes);
  const OnCard<std::uint64_t> card_ids(ids);
  lattice.row_above = card_above.get();
  lattice.row_below = card_below.get();
  const Visit there{bound({{card_pheromone.get(), card_food.get(), card_distance.get()},
                           {card_heading.get(), card_carrying.get(), card_plan.get()},
                           nullptr,
                           true}),
                    lattice, card_nodes.get(), card_ids.get()};
  const double seconds = card_seconds(20, [&](Card::Stream& stream) { stream.for_each(agents, there); });
  const bool same = card_plan.back(agents) == plan;
  const double bytes = static_cast<double>(agents) * (8 + 4 + 3) + static_cast<double>(count) * 12;
  std::printf(
      "{\"kernel\":\"foraging::Look\",\"same_bits\":%s,\"agents\":%zu,\"nodes\":%zu,\"seconds\":%.6g,\"ns_per_agent\":%.4f,\"of_bound\":%."
      "4f}",
      same ? "true" : "false", agents, count, seconds, seconds * 1e9 / static_cast<double>(agents),
      bytes / limits.bytes_per_second / seconds);
  std::fprintf(stderr, "%-16s bits %-9s %12zu agents %10.4f ns an agent %8.3f of the bytes' bound\n", "foraging::Look",
               same ? "the same" : "DIFFER", agents, seconds * 1e9 / static_cast<double>(agents),
               bytes / limits.bytes_per_second / seconds);
  return same;
}

/// The kernels of `epidemic`, on a ring where each node reads the next eight on both sides; a quarter of the nodes is infectious. asked:
/// events are wanted, which name who infected whom.
template <class Kernel>
bool check_contacts(const char* name, const Limits& limits, std::size_t count, epidemic::Compartment over, bool asked) {
  constexpr std::size_t degree = 16;
  std::vector<std::uint64_t> offsets(count + 1), raised(count);
  std::vector<LocalIndex> ends(count * degree);
  std::vector<std::uint8_t> state(count);
  std::vector<LocalIndex> list;
  for (std::size_t i = 0; i < count; ++i) {
    offsets[i + 1] = offsets[i] + degree;
    for (std::size_t k = 0; k < degree; ++k)
      ends[offsets[i] + k] = static_cast<LocalIndex>((i + count + (k < degree / 2 ? k - degree / 2 : k - degree / 2 + 1)) % count);
    state[i] = drawn(7, i) % 4 == 0 ? epidemic::infectious : epidemic::susceptible;
    if (state[i] == over) list.push_back(static_cast<LocalIndex>(i));
  }
  const Kernel prototype{NodeField<std::uint8_t>{0}, Stream::user, Stream::user, Setting{0}, MaxField{0}};
  const auto bound = [&](const Columns& columns) {
    Kernel kernel = prototype;
    kernel.state.bind(columns);
    kernel.coin.bind(columns);
    kernel.infector.bind(columns);
    kernel.infection.bind(columns);
    kernel.infected.bind(columns);
    return kernel;
  };
  const auto rows_of = [](const std::uint64_t* first, const LocalIndex* neighbours) {
    CsrRows rows;
    rows.in_offsets = rows.out_offsets = first;
    rows.sources = rows.targets = neighbours;
    return rows;
  };
  using Visit = VisitNode<Kernel, CsrRows>;
  const Visit here{bound({{state.data()}, {}, raised.data(), false, asked}), rows_of(offsets.data(), ends.data()), list.data()};
  for (std::size_t i = 0; i < list.size(); ++i) here(i);

  const OnCard<std::uint64_t> card_offsets(offsets), card_raised(count);
  const OnCard<LocalIndex> card_ends(ends), card_list(list);
  const OnCard<std::uint8_t> card_state(state);
  const Visit there{bound({{card_state.get()}, {}, card_raised.get(), true, asked}), rows_of(card_offsets.get(), card_ends.get()),
                    card_list.get()};
  const double seconds = card_seconds(20, [&](Card::Stream& stream) { stream.for_each(list.size(), there); });
  const bool same = card_raised.back(count) == raised;
  const double edges = static_cast<double>(list.size()) * degree,
               bytes = edges * 4 + static_cast<double>(list.size()) * 12 + static_cast<double>(count);
  std::printf(
      ",{\"kernel\":\"%s\",\"same_bits\":%s,\"nodes\":%zu,\"edges\":%.0f,\"seconds\":%.6g,\"edges_per_second\":%.4g,\"of_bound\":%.4f}",
      name, same ? "true" : "false", list.size(), edges, seconds, edges / seconds, bytes / limits.bytes_per_second / seconds);
  std::fprintf(stderr, "%-16s bits %-9s %12zu nodes  %10.4g edges/s     %8.3f of the bytes' bound\n", name, same ? "the same" : "DIFFER",
               list.size(), edges / seconds, bytes / limits.bytes_per_second / seconds);
  return same;
}

/// Selections of a quarter of [0, n), of the rest, of none and of all.
inline bool check_keep(std::size_t n) {
  std::vector<std::uint8_t> quarter(n);
  for (std::size_t i = 0; i < n; ++i) quarter[i] = drawn(8, i) % 4 == 0 ? 1 : 0;
  const OnCard<LocalIndex> card_list(n);
  Card::Stream stream;
  const auto same = [&](const std::vector<std::uint8_t>& values, std::uint8_t value) {
    std::vector<LocalIndex> expected;
    for (std::size_t i = 0; i < n; ++i)
      if (values[i] == value) expected.push_back(static_cast<LocalIndex>(i));
    const OnCard<std::uint8_t> card_values(values);
    return stream.keep(n, HasValue{card_values.get(), value}, card_list.get()) == expected.size() &&
           card_list.back(expected.size()) == expected;
  };
  return same(quarter, 1) && same(quarter, 0) && same(quarter, 2) && same(std::vector<std::uint8_t>(n, 7), 7);
}

inline bool check_kernels(const Limits& limits, std::size_t most) {
  std::printf("\"kernels\":[");
  const std::size_t agents = std::min<std::size_t>(most, 10'000'000);
  bool same = check_look(limits, agents);
  bool selections = true;
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, agents}) selections = check_keep(n) && selections;
  std::fprintf(stderr, "selections: %s\n", selections ? "the same" : "DIFFER");
  same = check_contacts<epidemic::Pull>("epidemic::Pull", limits, agents, epidemic::susceptible, false) && same;
  same = check_contacts<epidemic::Push>("epidemic::Push", limits, agents, epidemic::infectious, false) && same;
  same = check_contacts<epidemic::Pull>("epidemic::Pull, named", limits, agents, epidemic::susceptible, true) && same;
  same = check_contacts<epidemic::Push>("epidemic::Push, named", limits, agents, epidemic::infectious, true) && same;
  std::printf("],\"selections\":{\"same\":%s}", selections ? "true" : "false");
  return same && selections;
}

}  // namespace colony::check
