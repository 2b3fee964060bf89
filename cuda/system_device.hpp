// A device over a system (cuda/rehearsal_system.hpp says what that is).
#pragma once

#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "cuda/inference.hpp"
#include "cuda/mirror.hpp"

namespace colony {

template <class System>
class SystemDevice final : public Device {
 public:
  explicit SystemDevice(std::string name) : name_(std::move(name)) {}
  std::string name() const override { return name_; }
  std::unique_ptr<DeviceInference> inference(const Network& network, HostLoop loop) const override {
    return std::make_unique<Inference<System>>(network, std::move(loop));
  }
  std::unique_ptr<DevicePart> mirror(Part& part) override {
    try {
      return std::make_unique<Mirror<System>>(part, *this);
    } catch (const std::runtime_error& error) {
      fail(error.what());
    } catch (const std::bad_alloc& error) {
      fail(error.what());
    }
    return nullptr;
  }

 private:
  std::string name_;
};

}  // namespace colony
