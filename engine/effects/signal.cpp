#include "engine/effects/signal.hpp"

#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <type_traits>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/globals/runs.hpp"
#include "engine/globals/wide_sum.hpp"
#include "engine/schema/declared.hpp"

namespace colony {
namespace {

constexpr std::size_t row_grain_nodes = 16384;
constexpr float too_large = 1e30f;

/// Deposits are not negative; a sum that wrapped is, or is beyond what a double holds exactly. It shows as NaN, which commit refuses.
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
/// The number as a double, by its bits, because AVX2 has no conversion of 64-bit integers: exact from 0 to most_deposits.
COLONY_INLINE double as_double(std::int64_t deposits) { return std::bit_cast<double>(deposits | 0x4330000000000000) - 0x1p52; }
COLONY_INLINE bool is_sound(std::int64_t deposits) {
  return static_cast<std::uint64_t>(deposits) <= static_cast<std::uint64_t>(most_deposits);
}

struct SignalStep {
  float keep;   ///< (1 - diffusion) * (1 - evaporation)
  float share;  ///< diffusion / neighbours * (1 - evaporation)
  float quantum;
  const float* now;
  float* next;
  std::int64_t* deposits;

  /// The commit of one node from the sum over its neighbours. Returns false when the result can't be a state.
  COLONY_INLINE bool commit(std::size_t i, float sum) const {
    const std::int64_t amount = deposits[i];
    const float sound = keep * now[i] + share * sum + static_cast<float>(as_double(amount) * static_cast<double>(quantum));
    const float value = is_sound(amount) && sound >= 0 ? sound : not_a_number;
    next[i] = value < quantum ? 0.0f : value;
    deposits[i] = 0;
    return value <= too_large;
  }
};

/// Interior of one lattice row, vectorisable: x in [1, width - 1) at local indices row + x.
bool step_row(const SignalStep& step, std::size_t row, std::size_t above, std::size_t below, std::size_t first, std::size_t last,
              bool eight) {
  const float* const here = step.now + row;
  const float* const up = step.now + above;
  const float* const down = step.now + below;
  std::int64_t* const deposits = step.deposits + row;
  float* const next = step.next + row;
  const float keep = step.keep, share = step.share, quantum = step.quantum;
  const double quantum64 = quantum;
  std::int64_t any = 0;
  for (std::size_t x = first; x < last; ++x) any |= deposits[x];
  if (!is_sound(any)) {
    for (std::size_t x = first; x < last; ++x) next[x] = is_sound(deposits[x]) ? 0.0f : not_a_number;
    return false;
  }
  std::uint32_t highest = 0;  // values are not negative, so their bits are in their order, NaN above all
  if (eight) {
#pragma GCC ivdep
    for (std::size_t x = first; x < last; ++x) {
      const float sum = ((((((here[x + 1] + up[x + 1]) + up[x]) + up[x - 1]) + here[x - 1]) + down[x - 1]) + down[x]) + down[x + 1];
      const float value = keep * here[x] + share * sum + static_cast<float>(as_double(deposits[x]) * quantum64);
      highest = std::max(highest, std::bit_cast<std::uint32_t>(value));
      next[x] = value < quantum ? 0.0f : value;
      deposits[x] = 0;
    }
  } else {
#pragma GCC ivdep
    for (std::size_t x = first; x < last; ++x) {
      const float sum = ((here[x + 1] + up[x]) + here[x - 1]) + down[x];
      const float value = keep * here[x] + share * sum + static_cast<float>(as_double(deposits[x]) * quantum64);
      highest = std::max(highest, std::bit_cast<std::uint32_t>(value));
      next[x] = value < quantum ? 0.0f : value;
      deposits[x] = 0;
    }
  }
  return highest <= std::bit_cast<std::uint32_t>(too_large);
}

template <class Lattice>
bool step_node(const SignalStep& step, const Lattice& lattice, std::size_t i) {
  float sum = 0;
  bool first = true;
  for (int d = 0; d < 8; d += lattice.step) {
    const std::size_t v = lattice.neighbour_of(i, d);
    const float value = step.now[v == no_index ? i : v];
    sum = first ? value : sum + value;
    first = false;
  }
  return step.commit(i, sum);
}

bool step_lattice_rows(const SignalStep& step, const RowLattice& lattice, std::size_t first_row, std::size_t last_row) {
  bool good = true;
  for (std::size_t row = first_row; row < last_row; ++row) {
    const std::size_t begin = row * lattice.width;
    const bool closed = lattice.row_above[row] == no_index || lattice.row_below[row] == no_index;
    if (closed || lattice.width < 3) {
      for (std::size_t x = 0; x < lattice.width; ++x) good &= step_node(step, lattice, begin + x);
      continue;
    }
    good &= step_node(step, lattice, begin);
    good &= step_row(step, begin, lattice.row_above[row] * lattice.width, lattice.row_below[row] * lattice.width, 1, lattice.width - 1,
                     lattice.step == 1);
    good &= step_node(step, lattice, begin + lattice.width - 1);
  }
  return good;
}

[[noreturn]] void report_bad_signal(const Part& part, std::size_t signal) {
  const SignalSpec& spec = part.schema.layer().signals[signal];
  const float* next = part.signals[signal].spare.as<float>();
  for (LocalIndex i = 0; i < part.geometry.owned; ++i)
    if (!(next[i] <= too_large))
      throw StateError(fmt::format(
          "tick {}: {} \"{}\" of node {} became {}: a signal and the deposits on it must stay finite; lower the deposits or enlarge the "
          "quantum",
          part.tick.value, part.schema.layer().name, part.schema.layer().columns[spec.column].name, part.geometry.id_of(i), next[i]));
  const float* now = part.columns[spec.column].as<float>();
  for (LocalIndex i = 0; i < part.geometry.owned; ++i)
    if (now[i] < 0)
      throw StateError(fmt::format("tick {}: {} \"{}\" of node {} is {}: a signal is 0 or more", part.tick.value, part.schema.layer().name,
                                   part.schema.layer().columns[spec.column].name, part.geometry.id_of(i), now[i]));
  throw StateError(fmt::format("tick {}: {} \"{}\" became negative beside a node that another shard owns", part.tick.value,
                               part.schema.layer().name, part.schema.layer().columns[spec.column].name));
}

}  // namespace

void step_signal(Part& part, std::size_t signal, Executor& executor) {
  const SignalSpec& spec = part.schema.layer().signals[signal];
  Column& column = part.columns[spec.column];
  SignalState& state = part.signals[signal];
  const SignalOptions& options = spec.options;
  const bool diffuses = options.diffusion > 0;
  const double left = 1 - options.evaporation;
  const SignalStep step{static_cast<float>((1 - options.diffusion) * left),
                        static_cast<float>(options.diffusion / part.geometry.shape.neighbours * left),
                        static_cast<float>(options.quantum),
                        column.as<float>(),
                        state.spare.as<float>(),
                        state.deposits.data()};
  std::atomic<bool> good{true};
  const auto record = [&](bool piece_good) {
    if (!piece_good) good.store(false, std::memory_order_relaxed);
  };
  if (diffuses && part.geometry.whole_rows) {
    const RowLattice& lattice = part.row_lattice;
    executor.for_range(lattice.owned_rows, std::max<std::size_t>(1, row_grain_nodes / lattice.width),
                       [&](std::size_t begin, std::size_t end) { record(step_lattice_rows(step, lattice, begin, end)); });
  } else {
    executor.for_range(part.geometry.owned, row_grain_nodes, [&](std::size_t begin, std::size_t end) {
      bool piece = true;
      for (std::size_t i = begin; i < end; ++i) piece &= diffuses ? step_node(step, part.table_lattice, i) : step.commit(i, 0.0f);
      record(piece);
    });
  }
  if (!good) report_bad_signal(part, signal);
  std::swap(column.bytes, state.spare.bytes);
}

namespace {

constexpr std::size_t scan_run = 8192;  ///< so many values always have sums that fit into 64 bits

/// Sum of a signal in 2^-40, each value rounded, ties to even. Values are finite and not negative. Whole parts and fractions are added
/// apart, so that both fit into the 52 bits that a double shows as a whole number. Returns false when the sum is beyond 128 bits.
bool sum_signal(const float* values, std::size_t begin, std::size_t end, Wide& sum) {
  const auto zero = std::bit_cast<std::uint64_t>(0x1p52);  // the bits of 2^52 + n, n a whole number below 2^52, are zero + n
  bool good = true;
  for (std::size_t first = begin; first < end; first += scan_run) {
    const std::size_t last = std::min(end, first + scan_run);
    std::uint64_t wholes = 0, fractions = 0, large = 0;
    for (std::size_t i = first; i < last; ++i) {
      const double value = static_cast<double>(values[i]), whole = __builtin_floor(value);
      large += value < 0x1p49 ? std::uint64_t{0} : std::uint64_t{1};
      wholes += std::bit_cast<std::uint64_t>(whole + 0x1p52) - zero;
      fractions += std::bit_cast<std::uint64_t>((value - whole) / wide_quantum + 0x1p52) - zero;
    }
    if (large == 0) good &= add_wide(sum, static_cast<Wide>(wholes) << 40) && add_wide(sum, static_cast<Wide>(fractions));
    else
      for (std::size_t i = first; i < last; ++i) good &= add_real(sum, static_cast<double>(values[i]));
  }
  return good;
}

/// Sum of bytes: eight at a time, in four lanes of 16 bits that are emptied before they can overflow.
std::int64_t sum_bytes(const std::uint8_t* values, std::size_t begin, std::size_t end) {
  constexpr std::uint64_t even = 0x00ff00ff00ff00ff;
  constexpr std::size_t words = 128;  // 2 * 255 a word and lane
  std::uint64_t sum = 0;
  std::size_t i = begin;
  for (; i + words * 8 <= end; i += words * 8) {
    std::uint64_t lanes = 0;
    for (std::size_t w = 0; w < words; ++w) {
      std::uint64_t eight;
      std::memcpy(&eight, values + i + w * 8, sizeof eight);
      lanes += (eight & even) + ((eight >> 8) & even);
    }
    sum += (lanes & 0xffff) + ((lanes >> 16) & 0xffff) + ((lanes >> 32) & 0xffff) + (lanes >> 48);
  }
  for (; i < end; ++i) sum += values[i];
  return static_cast<std::int64_t>(sum);
}

}  // namespace

namespace {

/// What a scan looks at: the owned nodes, or the agents.
struct Scanned {
  const Part& part;
  const ScanSpec& scan;
  const SpeciesPart* species;
  const Column& column;
  std::size_t count() const { return species ? species->slots() : part.geometry.owned; }
  bool is_there(std::size_t i) const { return !species || species->nodes[i] != no_index; }
  std::string name_of(std::size_t i) const {
    return species ? fmt::format("{} {}", part.schema.species()[static_cast<std::size_t>(scan.species)].name, species->ids[i])
                   : fmt::format("node {}", part.geometry.id_of(static_cast<LocalIndex>(i)));
  }
};

Scanned scanned(const Part& part, const ScanSpec& scan) {
  if (scan.species < 0) return {part, scan, nullptr, part.columns[scan.column]};
  const SpeciesPart& species = part.species[static_cast<std::size_t>(scan.species)];
  return {part, scan, &species, species.columns[scan.column]};
}

/// The sum over pieces, in parallel: sum_of_piece(begin, end, sum) adds to the sum, and returns false when it can't.
template <class F>
Wide sum_pieces(const Scanned& of, Executor& executor, const F& sum_of_piece) {
  std::mutex joining;
  Wide total = 0;
  bool good = true;
  executor.for_range(of.count(), row_grain_nodes, [&](std::size_t begin, std::size_t end) {
    Wide sum = 0;
    const bool piece_good = sum_of_piece(begin, end, sum);
    const std::lock_guard lock(joining);
    good = good && piece_good && add_wide(total, sum);
  });
  if (!good) throw StateError(fmt::format("the observable \"{}\": its sum is beyond 128 bits", of.scan.name));
  return total;
}

/// A sum of whole numbers is one of 64 bits, as its values are.
std::int64_t narrow_sum(const ScanSpec& scan, Wide sum) {
  const auto narrow = static_cast<std::int64_t>(sum);
  if (narrow != sum) throw StateError(fmt::format("the observable \"{}\": its sum is beyond 64 bits", scan.name));
  return narrow;
}

template <class T>
Wide sum_wholes(const Scanned& of, Executor& executor) {
  const T* values = of.column.as<T>();
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    if (of.species == nullptr)
      return sum_pieces(of, executor, [values](std::size_t begin, std::size_t end, Wide& sum) {
        sum = sum_bytes(values, begin, end);
        return true;
      });
  }
  using Run = std::conditional_t<(sizeof(T) < 8), std::int64_t, Wide>;
  return sum_pieces(of, executor, [&](std::size_t begin, std::size_t end, Wide& sum) {
    for (std::size_t first = begin; first < end; first += scan_run) {
      const std::size_t last = std::min(end, first + scan_run);
      Run run = 0;
      if (of.species)
        for (std::size_t i = first; i < last; ++i) run += of.is_there(i) ? static_cast<Run>(values[i]) : 0;
      else
        for (std::size_t i = first; i < last; ++i) run += static_cast<Run>(values[i]);
      sum += run;
    }
    return true;
  });
}

template <class T>
Wide sum_reals(const Scanned& of, Executor& executor) {
  const T* values = of.column.as<T>();
  return sum_pieces(of, executor, [&](std::size_t begin, std::size_t end, Wide& sum) {
    for (std::size_t i = begin; i < end; ++i) {
      if (!of.is_there(i)) continue;
      const auto value = static_cast<double>(values[i]);
      if (!std::isfinite(value)) throw StateError(fmt::format("the observable \"{}\": {} has {}", of.scan.name, of.name_of(i), value));
      if (!add_real(sum, value)) return false;
    }
    return true;
  });
}

Wide sum_growing(const Part& part, const ScanSpec& scan) {
  const GrowingPart& layer = part.growing[static_cast<std::size_t>(scan.species)];
  const Array<std::uint64_t>& field = layer.fields[scan.column];
  Wide sum = 0;
  for (std::size_t i = 0; i < field.size(); ++i) sum += layer.owned[i] != 0 ? static_cast<Wide>(field[i]) : 0;
  return sum;
}

/// Pieces are sorted in parallel, then merged two by two.
std::vector<ValueRun> gather_runs(const Scanned& of, Executor& executor) {
  const double* values = of.column.as<double>();
  const double per_unit = 1 / of.scan.quantum;
  std::vector<std::vector<ValueRun>> pieces;
  std::mutex joining;
  executor.for_range(of.count(), row_grain_nodes, [&](std::size_t begin, std::size_t end) {
    std::vector<std::int64_t> quanta(end - begin);
    for (std::size_t i = begin; i < end; ++i) quanta[i - begin] = static_cast<std::int64_t>(values[i] * per_unit);
    std::vector<ValueRun> found = runs_of_values(quanta, of.scan.gap);
    const std::lock_guard lock(joining);
    pieces.push_back(std::move(found));
  });
  for (; pieces.size() > 1; pieces.resize((pieces.size() + 1) / 2))
    for (std::size_t i = 0; 2 * i < pieces.size(); ++i)
      pieces[i] = 2 * i + 1 < pieces.size() ? merged(pieces[2 * i], pieces[2 * i + 1], of.scan.gap) : std::move(pieces[2 * i]);
  return pieces.empty() ? std::vector<ValueRun>{} : std::move(pieces.front());
}

}  // namespace

void scan_column(const Part& part, const ScanSpec& scan, Executor& executor, Globals& partial) {
  switch (scan.kind) {
    case ScanSpec::Kind::growing_sum: partial[scan.slot] = narrow_sum(scan, sum_growing(part, scan)); break;
    case ScanSpec::Kind::sum: {
      const Scanned of = scanned(part, scan);
      const Wide sum = with_type(of.column.type, [&](auto type) { return sum_wholes<decltype(type)>(of, executor); });
      partial[scan.slot] = narrow_sum(scan, sum);
      break;
    }
    case ScanSpec::Kind::runs: append_runs(partial, scan.slot, gather_runs(scanned(part, scan), executor)); break;
    case ScanSpec::Kind::real_sum: {
      const Scanned of = scanned(part, scan);
      put_wide(&partial[scan.slot], of.column.type == ScalarType::f32 ? sum_reals<float>(of, executor) : sum_reals<double>(of, executor));
      break;
    }
    case ScanSpec::Kind::signal_sum: {
      const Scanned of = scanned(part, scan);
      const float* values = of.column.as<float>();
      put_wide(&partial[scan.slot], sum_pieces(of, executor, [values](std::size_t begin, std::size_t end, Wide& sum) {
        return sum_signal(values, begin, end, sum);
      }));
      break;
    }
  }
}

}  // namespace colony
