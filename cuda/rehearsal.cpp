// The rehearsal of a device: what device.cu compiles for a card, compiled for the processors.
#include "cuda/rehearsal_system.hpp"
#include "cuda/system_device.hpp"

namespace colony {

std::shared_ptr<Device> make_rehearsal_device() { return std::make_shared<SystemDevice<RehearsalSystem>>("a rehearsal of a device"); }

void fail_rehearsals_after(std::uint64_t operations) { RehearsalSystem::operations_left() = operations; }

}  // namespace colony
