colony_bench(bm_checkpoint ${CMAKE_CURRENT_LIST_DIR}/bm_checkpoint.cpp LIBS colony::io)
