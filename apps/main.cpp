// The colony program: run_app with the built-in models.
#include <malloc.h>

#include "apps/app.hpp"

int main(int argc, char** argv) {
  // Memory given back to the system must be touched anew when it is wanted again, which is slow: keep what was freed.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 2047 << 20);
  return colony::run_app(argc, argv, colony::builtin_models());
}
