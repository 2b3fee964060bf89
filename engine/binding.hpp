// What an accessor is bound to before a loop.
#pragma once

#include "engine/part.hpp"

namespace colony {

/// What an accessor is bound to: one part and the scratch of the calling thread.
struct Binding {
  Part& part;
  WorkerScratch& scratch;
  bool concurrent;  ///< other threads run the same phase on this part
};

}  // namespace colony
