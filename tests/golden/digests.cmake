colony_test(golden_digests ${CMAKE_CURRENT_LIST_DIR}/digests.cpp LIBS colony_test_support LABELS golden sanitize threads TIMEOUT 900
  PARTS 3)
