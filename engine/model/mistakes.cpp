#include "engine/model/mistakes.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <new>

namespace colony {
namespace {

const char* name_of(Phase phase) {
  switch (phase) {
    case Phase::sense: return "Sense";
    case Phase::act: return "Act";
    case Phase::decay: return "Decay";
    case Phase::advance: return "Advance";
  }
  return "?";
}

}  // namespace

std::string name_of(const KernelSpec& kernel) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(kernel.type.name(), nullptr, nullptr, &status), &std::free);
  return std::string("the kernel ") + (name ? name.get() : kernel.type.name()) + " of " + name_of(kernel.phase);
}

std::string name_of(const GrowingKernelSpec& kernel) { return std::string("a kernel of a growing layer in ") + name_of(kernel.phase); }

void blame_kernel(const std::string& kernel) {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw ModelError(kernel + ": " + error.what());
  } catch (...) {
    throw ModelError(kernel + " threw something that is not a std::exception");
  }
}

}  // namespace colony
