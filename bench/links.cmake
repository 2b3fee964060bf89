colony_bench(bm_links ${CMAKE_CURRENT_LIST_DIR}/bm_links.cpp LIBS colony::shard nng::nng benchmark::benchmark_main)
if(MPI_C_FOUND)
  # Its reference is MPI itself: mpirun -n 2 build/release/bench/bench_links_mpi
  colony_bench(bench_links_mpi ${CMAKE_CURRENT_LIST_DIR}/links_mpi.cpp LIBS colony::shard MPI::MPI_C)
endif()
