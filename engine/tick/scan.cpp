#include "engine/tick/scan.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <mutex>
#include <type_traits>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/globals/runs.hpp"
#include "engine/globals/wide_sum.hpp"
#include "engine/schema/declared.hpp"

namespace colony {
namespace {

constexpr std::size_t scan_grain = 16384;
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
  executor.for_range(of.count(), scan_grain, [&](std::size_t begin, std::size_t end) {
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
  executor.for_range(of.count(), scan_grain, [&](std::size_t begin, std::size_t end) {
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
