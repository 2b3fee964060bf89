file(GLOB engine_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/engine_*.cpp)
colony_test(unit_engine ${engine_tests} LIBS colony_test_support LABELS unit sanitize threads)
