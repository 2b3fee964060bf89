#include "engine/model/mistakes.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <new>

#include "engine/state/part.hpp"

namespace colony {
namespace {

std::string kernel_name(const std::type_index& type, Phase phase) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  return std::string("the kernel ") + (name ? name.get() : type.name()) + " of " + name_of(phase);
}

}  // namespace

std::string name_of(const KernelSpec& kernel) { return kernel_name(kernel.type, kernel.phase); }
std::string name_of(const GrowingKernelSpec& kernel) { return kernel_name(kernel.type, kernel.phase); }

void blame_model(const std::string& where) {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw ModelError(where + ": " + error.what());
  } catch (...) {
    throw ModelError(where + " threw something that is not a std::exception");
  }
}

void blame_kernel(const std::string& kernel, const Part& part) { blame_model(kernel + " in tick " + std::to_string(part.tick.value)); }

}  // namespace colony
