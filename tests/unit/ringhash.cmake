colony_test(unit_ringhash ${CMAKE_CURRENT_LIST_DIR}/ringhash_ring.cpp ${CMAKE_CURRENT_LIST_DIR}/ringhash_placement.cpp
  LIBS colony::ringhash LABELS unit sanitize)
