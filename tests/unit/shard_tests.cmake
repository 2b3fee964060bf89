file(GLOB shard_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/shard_*.cpp)
colony_test(unit_shard ${shard_tests} LIBS colony_test_support LABELS unit sanitize)
