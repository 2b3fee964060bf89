set(folder ${CMAKE_CURRENT_LIST_DIR})
colony_test(unit_wire ${folder}/wire_auth.cpp ${folder}/wire_tls.cpp ${folder}/wire_messages.cpp
  LIBS colony::shard LABELS unit sanitize)
