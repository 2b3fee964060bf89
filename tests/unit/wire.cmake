colony_test(unit_wire ${CMAKE_CURRENT_LIST_DIR}/wire_auth.cpp LIBS colony::shard LABELS unit sanitize)
