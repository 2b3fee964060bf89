colony_test(unit_control ${CMAKE_CURRENT_LIST_DIR}/control.cpp ${CMAKE_CURRENT_LIST_DIR}/control_strangers.cpp
  LIBS colony::coordinator LABELS unit sanitize threads)
