// A model's mistakes that only its data can show. They are the modeller's: told with the kernel and the tick in which they happened, and
// the run ends with the status of bad data.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "engine/error.hpp"
#include "engine/schema/declared.hpp"

namespace colony {

/// A kernel in words: the name of its type, and its phase.
std::string name_of(const KernelSpec& kernel);
std::string name_of(const GrowingKernelSpec& kernel);

/// Throws ModelError for the exception that is being handled, which came out of what the model wrote; our own errors and a lack of memory
/// pass as they are. where: what of the model it came out of.
[[noreturn]] void blame_model(const std::string& where);
/// ... out of a kernel.
[[noreturn]] void blame_kernel(const std::string& kernel, const Part& part);

/// What f returns, which calls something that the model wrote. where(): a string, asked for when f throws. Throws ModelError where f
/// throws.
template <class Where, class F>
decltype(auto) run_of_model(const Where& where, const F& f) {
  try {
    return f();
  } catch (...) {
    blame_model(where());
  }
}

/// Runs a kernel over [begin, end) of its domain. Throws ModelError where the kernel throws.
template <class Spec>
void run_over(const Spec& kernel, Part& part, std::size_t begin, std::size_t end, bool concurrent) {
  try {
    kernel.run(part, begin, end, concurrent);
  } catch (...) {
    blame_kernel(name_of(kernel), part);
  }
}

}  // namespace colony
