#include "engine/effects/addition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <type_traits>

#include <fmt/format.h>

#include "engine/effects/cells.hpp"
#include "engine/error.hpp"
#include "engine/first_touch.hpp"
#include "engine/globals/wide_sum.hpp"

namespace colony {
namespace {

constexpr std::int64_t most_carry = std::int64_t{1} << 40;  ///< of one shard: so many amounts are not made in a tick

/// The field's value after a sum of amounts. Returns false when it is beyond the field's type.
template <class T>
bool add_to(T& value, Wide sum, double quantum) {
  if constexpr (std::is_floating_point_v<T>) {
    value = static_cast<T>(static_cast<double>(value) + static_cast<double>(sum) * quantum);
    return std::isfinite(value);
  } else {
    const Wide whole = static_cast<Wide>(value) + sum;
    if (whole < static_cast<Wide>(std::numeric_limits<T>::min()) || whole > static_cast<Wide>(std::numeric_limits<T>::max())) return false;
    value = static_cast<T>(whole);
    return true;
  }
}

}  // namespace

AdditionEffect::AdditionEffect(const Part& part, std::size_t workers, std::uint32_t column, double quantum)
    : cells(part.geometry.total()), gathered(workers), column_(column), quantum_(quantum) {}

EffectSpec AdditionEffect::spec(const ColumnSpec& column_spec, std::uint32_t column, double quantum) {
  return effect_spec<AdditionEffect>("add", column_spec.name, EffectStage::additions, column, quantum);
}

void AdditionEffect::touch_memory(Executor& executor) { zero_in_parallel(cells, executor); }

template <class F>
void AdditionEffect::take_sums(LocalIndex first, LocalIndex end, const F& f) {
  const auto within = [=](LocalIndex node) { return node >= first && node < end; };
  std::map<LocalIndex, std::int64_t> carried;
  for (auto& [list] : gathered) {
    std::size_t kept = 0;
    for (const Carry& carry : list.carries) {
      if (within(carry.node)) carried[carry.node] += carry.times;
      else list.carries[kept++] = carry;
    }
    list.carries.resize(kept);
  }
  for (auto& [list] : gathered) {
    std::size_t kept = 0;
    for (const LocalIndex node : list.touched) {
      if (!within(node)) {
        list.touched[kept++] = node;
        continue;
      }
      const auto carry = carried.empty() ? carried.end() : carried.find(node);
      const Sum sum{std::exchange(cells[node], 0), carry == carried.end() ? 0 : std::exchange(carry->second, 0)};
      if (sum.low != 0 || sum.carry != 0) f(node, sum);
    }
    list.touched.resize(kept);
  }
}

void AdditionEffect::pack(Part& part, Outbox& outbox) {
  CellParcels<Sum> leaving(outbox);
  take_sums(part.geometry.owned, part.geometry.total(), [&](LocalIndex node, const Sum& sum) { leaving.add(outbox, node, sum); });
  sent += leaving.send(outbox);
}

void AdditionEffect::take(Part& part, Parcel& parcel) {
  take_cells<Sum>(part, parcel, [this](LocalIndex node, const Sum& sum) {
    if (sum.carry < -most_carry || sum.carry > most_carry) throw FrameError("a sum that no amounts come to");
    gathered[0].touched.push_back(node);
    const bool wrapped = __builtin_add_overflow(cells[node], sum.low, &cells[node]);
    const std::int64_t carry = sum.carry + (!wrapped ? 0 : sum.low < 0 ? -1 : 1);
    if (carry != 0) gathered[0].carries.push_back({node, carry});
  });
}

void AdditionEffect::commit(Part& part, Executor&) {
  Column& column = part.columns[column_];
  const ColumnSpec& spec = part.schema.layer().columns[column_];
  const bool tell_ghosts = spec.refresh == Refresh::listed;
  with_type(column.type, [&](auto type) {
    using T = decltype(type);
    T* values = column.as<T>();
    take_sums(0, part.geometry.owned, [&](LocalIndex node, const Sum& sum) {
      if (!add_to(values[node], static_cast<Wide>(sum.carry) * (Wide{1} << 64) + sum.low, quantum_)) [[unlikely]]
        throw ModelError(fmt::format("what is added to \"{}\" of node {} in tick {} takes it beyond what its type holds", spec.name,
                                     part.geometry.id_of(node), part.tick.value));
      if (tell_ghosts) part.changed[column_].push_back(node);
    });
  });
}

bool AdditionEffect::is_clear(const Part&) const {
  return std::all_of(gathered.begin(), gathered.end(),
                     [](const auto& list) { return list.value.touched.empty() && list.value.carries.empty(); });
}

}  // namespace colony
