// The kernels of models that are compiled for devices. To add one: put it in a header of its model that includes accessors and no more
// than that, mark its operator() COLONY_HD, and list it here. Its accessors must be of those that can be bound on a device.
#pragma once

#include "engine/schema/declared.hpp"
#include "models/epidemic/contact_kernels.hpp"
#include "models/foraging/look_kernel.hpp"

namespace colony {

enum class KernelOver : std::uint8_t { nodes, agents };

/// A kernel as its model gave it.
template <class Kernel_, KernelOver over_>
struct ForDevices {
  using Kernel = Kernel_;
  static constexpr KernelOver over = over_;
  const Kernel& kernel;
};

template <class... Listed>
struct KernelList {};

using DeviceKernels = KernelList<ForDevices<foraging::Look, KernelOver::agents>, ForDevices<epidemic::Pull, KernelOver::nodes>,
                                 ForDevices<epidemic::Push, KernelOver::nodes>>;

namespace detail {
template <class Listed, class F>
bool with_kernel_of(const KernelSpec& spec, const F& f) {
  if (spec.type != typeid(typename Listed::Kernel) || spec.on_agents != (Listed::over == KernelOver::agents)) return false;
  f(Listed{*static_cast<const typename Listed::Kernel*>(spec.kernel.get())});
  return true;
}
template <class F, class... Listed>
bool with_kernel_of_list(KernelList<Listed...>, const KernelSpec& spec, const F& f) {
  return (with_kernel_of<Listed>(spec, f) || ...);
}
}  // namespace detail

/// f(ForDevices) with the kernel. Returns false where it is not a kernel for devices.
template <class F>
bool with_device_kernel(const KernelSpec& spec, const F& f) {
  return detail::with_kernel_of_list(DeviceKernels{}, spec, f);
}

}  // namespace colony
