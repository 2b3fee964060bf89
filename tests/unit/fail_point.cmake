colony_test(unit_fail_point ${CMAKE_CURRENT_LIST_DIR}/fail_point_test.cpp LIBS colony::engine LABELS unit)
