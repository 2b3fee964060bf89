colony_test(unit_wire ${CMAKE_CURRENT_LIST_DIR}/wire_auth.cpp ${CMAKE_CURRENT_LIST_DIR}/wire_messages.cpp
  LIBS colony::shard LABELS unit sanitize)
