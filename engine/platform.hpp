// Words of the compiler that host and device code share.
#pragma once

#ifdef __CUDACC__
#define COLONY_HD __host__ __device__
#else
#define COLONY_HD
#endif

#define COLONY_INLINE inline __attribute__((always_inline))
