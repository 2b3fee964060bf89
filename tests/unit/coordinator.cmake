colony_test(unit_coordinator ${CMAKE_CURRENT_LIST_DIR}/coordinator.cpp ${CMAKE_CURRENT_LIST_DIR}/coordinator_random.cpp LIBS colony::coordinator
  LABELS unit sanitize)
