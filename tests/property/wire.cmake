colony_test(property_wire ${CMAKE_CURRENT_LIST_DIR}/wire.cpp LIBS colony::shard LABELS property sanitize)
set_tests_properties(property_wire PROPERTIES ENVIRONMENT "RC_PARAMS=max_success=1000")
