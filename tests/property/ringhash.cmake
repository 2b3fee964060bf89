colony_test(property_ringhash ${CMAKE_CURRENT_LIST_DIR}/ringhash.cpp LIBS colony::ringhash LABELS property)
