// A part on a device. Rows, ids and constants stay there from tick to tick; of what the tick changes, each kernel brings the columns that
// it reads and takes back those that it writes.
#pragma once

#include <cstring>
#include <map>
#include <new>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cuda/device.hpp"
#include "cuda/device_memory.hpp"
#include "cuda/model_kernels.hpp"
#include "cuda/resident_rows.hpp"
#include "cuda/visits.hpp"
#include "engine/effects/maximum.hpp"
#include "engine/kernels/members.hpp"

namespace colony {

template <class System>
class Mirror final : public DevicePart {
 public:
  Mirror(Part& part, Device& device) : part_(part), device_(device), rows_(part) {}

  bool runs(const KernelSpec& kernel) const override {
    const bool in_phase = kernel.phase == Phase::sense || (kernel.phase == Phase::act && !kernel.on_agents);
    return in_phase && worth(kernel) && !device_.failed() && is_device_kernel(kernel);
  }

  bool run(const KernelSpec& spec) override {
    try {
      with_device_kernel(spec, [&](const auto& kernel) { run(spec, kernel); });
      return true;
    } catch (const std::runtime_error& error) {
      device_.fail(error.what());
    } catch (const std::bad_alloc& error) {
      device_.fail(error.what());
    }
    return false;
  }

 private:
  /// What accessors are bound to here, as Binding is on the host.
  struct Binding {
    Mirror& mirror;
    static constexpr bool concurrent = true;
    template <class T>
    const T* read(std::int32_t species, std::uint32_t column) const {
      return mirror.column(species, column).template as<T>();
    }
    template <class T>
    T* write(std::int32_t species, std::uint32_t column) const {
      mirror.written_.insert({species, column});
      return mirror.column(species, column).template as<T>();
    }
    std::uint32_t known_nodes() const { return mirror.part_.geometry.total(); }
    std::uint64_t* maximum(std::uint32_t index) const { return mirror.maximum(index); }
    RandomKey key(Stream stream) const { return mirror.part_.key(stream); }
    bool events_wanted() const { return mirror.part_.events_wanted; }
    double number(Setting setting) const { return mirror.on_host().number(setting); }
    Probability chance(Setting setting) const { return mirror.on_host().chance(setting); }
  };

  /// Whether the domain is one that a device finds, and not so small that bringing the columns of nodes costs more than the kernel.
  bool worth(const KernelSpec& kernel) const {
    const Domain& domain = kernel.domain;
    constexpr std::uint64_t fewest = 64;  ///< a node in so many
    std::uint64_t items = part_.geometry.owned;
    if (kernel.on_agents) items = part_.species[kernel.species].slots();
    else if (domain.kind == Domain::Kind::category_value)
      items = static_cast<std::uint64_t>(part_.categories[domain.index].counts[domain.value]);
    const bool found = domain.kind == Domain::Kind::all || (domain.kind == Domain::Kind::category_value && !kernel.on_agents);
    return found && items * fewest > part_.geometry.owned;
  }

  template <class Kernel>
  Kernel bound(Kernel kernel) {
    const Binding binding{*this};
    const auto bind = [&](auto& accessor) {
      if constexpr (requires { accessor.bind(binding); }) accessor.bind(binding);
      else
        static_assert(
            !requires(const colony::Binding& on_host) { accessor.bind(on_host); }, "an accessor that devices do not have");
    };
    with_members(kernel, [&](auto&... accessors) { (bind(accessors), ...); });
    return kernel;
  }

  template <class Kernel, KernelOver over>
  void run(const KernelSpec& spec, const ForDevices<Kernel, over>& listed) {
    brought_.clear();
    written_.clear();
    raised_.clear();
    const Kernel kernel = bound(listed.kernel);
    rows_.template with<Kernel>(stream_, [&](const auto& rows) {
      if constexpr (over == KernelOver::agents) visit_agents(kernel, rows, spec.species);
      else visit_nodes(kernel, rows, spec.domain);
    });
    for (const auto& [species, column] : written_) {
      ColumnThere& there = columns_[{species, column}];
      const std::size_t bytes = column_on_host(species, column).bytes.size();
      there.staged.reserve(bytes);
      stream_.copy_out(there.staged.template as<std::byte>(), there.memory.template as<std::byte>(), bytes);
    }
    for (const std::uint32_t index : raised_) take_maximum(index);
    stream_.wait();
    for (const std::uint32_t index : raised_) {
      Array<LocalIndex>& touched = part_.effect<MaximumEffect>(index).touched[0];
      touched.reserve(touched.size() + maxima_[index].count);
    }
    // From here on nothing fails: until now the part is as it was.
    for (const auto& [species, column] : written_) {
      Array<std::byte>& bytes = column_on_host(species, column).bytes;
      if (!bytes.empty()) std::memcpy(bytes.data(), columns_[{species, column}].staged.template as<std::byte>(), bytes.size());
    }
    for (const std::uint32_t index : raised_) settle_maximum(index);
  }

  template <class Kernel, class Rows>
  void visit_agents(const Kernel& kernel, const Rows& rows, std::uint32_t species_index) {
    const SpeciesPart& species = part_.species[species_index];
    AgentsThere& there = agents_[species_index];
    const std::size_t slots = species.slots();
    if (there.ids.reserve(slots * sizeof(std::uint64_t)) || there.numbering != species.numbering || there.slots != slots)
      stream_.copy_in(there.ids.template as<std::uint64_t>(), species.ids.data(), slots * sizeof(std::uint64_t));
    there.numbering = species.numbering;
    there.slots = slots;
    there.nodes.reserve(slots * sizeof(LocalIndex));
    stream_.copy_in(there.nodes.template as<LocalIndex>(), species.nodes.data(), slots * sizeof(LocalIndex));
    stream_.for_each(slots,
                     VisitAgent<Kernel, Rows>{kernel, rows, there.nodes.template as<LocalIndex>(), there.ids.template as<std::uint64_t>()});
  }

  template <class Kernel, class Rows>
  void visit_nodes(const Kernel& kernel, const Rows& rows, const Domain& domain) {
    const std::size_t owned = part_.geometry.owned;
    if (domain.kind == Domain::Kind::all) {
      stream_.for_each(owned, VisitNode<Kernel, Rows>{kernel, rows, nullptr});
      return;
    }
    const std::uint32_t category = part_.layer().categories[domain.index].column;
    list_.reserve(owned * sizeof(LocalIndex));
    LocalIndex* list = list_.template as<LocalIndex>();
    const HasValue wanted{column(-1, category).template as<std::uint8_t>(), domain.value};
    const std::size_t count = stream_.keep(owned, wanted, list);
    stream_.for_each(count, VisitNode<Kernel, Rows>{kernel, rows, list});
  }

  // ---- Columns ----

  struct ColumnThere {
    DeviceMemory<System> memory;
    StagingMemory<System> staged;  ///< what came back
    bool stays = false;            ///< it has been brought, and does not change
  };
  struct AgentsThere {
    DeviceMemory<System> ids, nodes;
    std::uint64_t numbering = 0;
    std::size_t slots = 0;
  };
  struct MaximumThere {
    DeviceMemory<System> values, list, taken;
    std::vector<LocalIndex> nodes;       ///< what came back: where something was raised
    std::vector<std::uint64_t> amounts;  ///< ... and how much
    std::size_t count = 0;
  };

  colony::Binding on_host() { return {part_, part_.scratch(0), 0, false}; }

  Column& column_on_host(std::int32_t species, std::uint32_t column) {
    return (species < 0 ? part_.columns : part_.species[static_cast<std::size_t>(species)].columns)[column];
  }

  /// Brings a column, once a run of a kernel.
  const DeviceMemory<System>& column(std::int32_t species, std::uint32_t index) {
    ColumnThere& there = columns_[{species, index}];
    if (there.stays || !brought_.insert({species, index}).second) return there.memory;
    const Column& on_host = column_on_host(species, index);
    there.memory.reserve(on_host.bytes.size());
    stream_.copy_in(there.memory.template as<std::byte>(), on_host.bytes.data(), on_host.bytes.size());
    there.stays = species < 0 && part_.layer().columns[index].role == Role::constant;
    return there.memory;
  }

  std::uint64_t* maximum(std::uint32_t index) {
    MaximumThere& there = maxima_[index];
    const std::size_t total = part_.geometry.total();
    if (there.values.reserve(total * sizeof(std::uint64_t)))
      stream_.zero(there.values.template as<std::uint64_t>(), total * sizeof(std::uint64_t));
    raised_.insert(index);
    return there.values.template as<std::uint64_t>();
  }

  void take_maximum(std::uint32_t index) {
    MaximumThere& there = maxima_[index];
    const std::size_t total = part_.geometry.total();
    there.list.reserve(total * sizeof(LocalIndex));
    LocalIndex* list = there.list.template as<LocalIndex>();
    std::uint64_t* values = there.values.template as<std::uint64_t>();
    there.count = stream_.keep(total, IsRaised{values}, list);
    there.taken.reserve(there.count * sizeof(std::uint64_t));
    std::uint64_t* taken = there.taken.template as<std::uint64_t>();
    stream_.for_each(there.count, TakeRaised{values, list, taken});
    there.nodes.resize(there.count);
    there.amounts.resize(there.count);
    stream_.copy_out(there.nodes.data(), list, there.count * sizeof(LocalIndex));
    stream_.copy_out(there.amounts.data(), taken, there.count * sizeof(std::uint64_t));
  }

  void settle_maximum(std::uint32_t index) {
    const MaximumThere& there = maxima_[index];
    Raise raise(MaxField{index});
    raise.bind(on_host());
    for (std::size_t i = 0; i < there.count; ++i) raise({there.nodes[i]}, there.amounts[i]);
  }

  using ColumnKey = std::pair<std::int32_t, std::uint32_t>;  ///< species or -1, column

  Part& part_;
  Device& device_;
  typename System::Stream stream_;
  ResidentRows<System> rows_;
  std::map<ColumnKey, ColumnThere> columns_;
  std::map<std::uint32_t, AgentsThere> agents_;
  std::map<std::uint32_t, MaximumThere> maxima_;
  std::set<ColumnKey> brought_, written_;  ///< by the kernel that runs
  std::set<std::uint32_t> raised_;
  DeviceMemory<System> list_;
};

}  // namespace colony
