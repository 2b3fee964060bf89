#include "engine/effects/deposit.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "engine/effects/cells.hpp"
#include "engine/error.hpp"
#include "engine/first_touch.hpp"
#include "engine/schema/declared.hpp"
#include "engine/state/tick_settings.hpp"

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

/// next: [owned] what the signal would become
[[noreturn]] void report_bad_signal(const Part& part, std::size_t signal, const float* next) {
  const SignalSpec& spec = part.schema.layer().signals[signal];
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

DepositEffect::DepositEffect(const Part& part, std::size_t, std::uint32_t signal)
    : cells(part.geometry.total()), signal_(signal), spare_{ScalarType::f32, {}} {
  spare_.bytes.resize(part.columns[part.schema.layer().signals[signal].column].bytes.size());
}

EffectSpec DepositEffect::spec(const std::string& name, std::uint32_t signal) {
  return effect_spec<DepositEffect>("deposit", name, EffectStage::signals, signal);
}

void DepositEffect::touch_memory(Executor& executor) {
  zero_in_parallel(cells, executor);
  zero_in_parallel(spare_.bytes, executor);
}

void DepositEffect::pack(Part& part, Outbox& outbox) {
  CellParcels<std::int64_t> leaving(outbox);
  for (LocalIndex ghost = part.geometry.owned; ghost < part.geometry.total(); ++ghost)
    if (cells[ghost] != 0) leaving.add(outbox, ghost, std::exchange(cells[ghost], 0));
  sent += leaving.send(outbox);
}

void DepositEffect::take(Part& part, Parcel& parcel) {
  take_cells<std::int64_t>(part, parcel, [this](LocalIndex node, std::int64_t amount) {
    std::int64_t& cell = cells[node];
    if (__builtin_add_overflow(cell, amount, &cell)) cell = std::numeric_limits<std::int64_t>::max();  // Decay refuses it
  });
}

bool DepositEffect::is_clear(const Part&) const {
  return std::all_of(cells.begin(), cells.end(), [](std::int64_t amount) { return amount == 0; });
}

void DepositEffect::commit(Part& part, Executor& executor) {
  const SignalSpec& spec = part.schema.layer().signals[signal_];
  Column& column = part.columns[spec.column];
  const double diffusion = number_of(part, spec.options.diffusion), left = 1 - number_of(part, spec.options.evaporation);
  const bool diffuses = diffusion > 0;
  const SignalStep step{static_cast<float>((1 - diffusion) * left),
                        static_cast<float>(diffusion / part.geometry.shape.neighbours * left),
                        static_cast<float>(spec.options.quantum),
                        column.as<float>(),
                        spare_.as<float>(),
                        cells.data()};
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
  if (!good) report_bad_signal(part, signal_, spare_.as<float>());
  std::swap(column.bytes, spare_.bytes);
}

}  // namespace colony
