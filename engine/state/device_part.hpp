// A device that runs kernels in place of the engine's loops, as the phases see it. What it is, cuda/ knows.
#pragma once

namespace colony {

struct KernelSpec;

/// What of a part lies in the memory of a device.
class DevicePart {
 public:
  virtual ~DevicePart() = default;
  /// Whether the kernel is one of those that are compiled for devices, and the device has not failed.
  virtual bool runs(const KernelSpec& kernel) const = 0;
  /// Runs a kernel of Sense or Act over its whole domain: the part is afterwards as if the engine's loop had run. Returns false when the
  /// device failed, which is then reported once, and for good; the part is unchanged.
  virtual bool run(const KernelSpec& kernel) = 0;
};

}  // namespace colony
