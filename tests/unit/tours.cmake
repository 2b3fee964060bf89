file(GLOB tours_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/tours_*.cpp)
colony_test(unit_tours ${tours_tests} LIBS colony::models colony_test_support LABELS unit sanitize)
