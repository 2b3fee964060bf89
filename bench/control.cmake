colony_bench(bm_control ${CMAKE_CURRENT_LIST_DIR}/bm_control.cpp LIBS colony::coordinator nng::nng benchmark::benchmark_main)
