colony_test(unit_batch ${CMAKE_CURRENT_LIST_DIR}/batch_rank.cpp LIBS colony::app LABELS unit)
