set(shard_tests ${CMAKE_CURRENT_LIST_DIR}/shard_frame.cpp ${CMAKE_CURRENT_LIST_DIR}/shard_layout.cpp)
colony_test(unit_shard ${shard_tests} LIBS colony_test_support LABELS unit sanitize)
