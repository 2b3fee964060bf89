colony_bench(bm_ringhash ${CMAKE_CURRENT_LIST_DIR}/bm_ringhash.cpp LIBS colony::ringhash)
