set(coordinator_tests ${CMAKE_CURRENT_LIST_DIR}/coordinator.cpp ${CMAKE_CURRENT_LIST_DIR}/coordinator_random.cpp)
colony_test(unit_coordinator ${coordinator_tests} LIBS colony::coordinator LABELS unit sanitize)
