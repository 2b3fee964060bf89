colony_bench(bm_graphs ${CMAKE_CURRENT_LIST_DIR}/bm_graphs.cpp LIBS colony::io)
