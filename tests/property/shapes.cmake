colony_test(property_shapes ${CMAKE_CURRENT_LIST_DIR}/shapes.cpp LIBS colony_test_support LABELS property sanitize threads TIMEOUT 300)
# Sizes grow with the number of the case. Instrumented code is tens of times slower: draw fewer there.
set(shape_cases 400)
if(COLONY_SANITIZE)
  set(shape_cases 25)
endif()
set_tests_properties(property_shapes PROPERTIES ENVIRONMENT "RC_PARAMS=max_success=${shape_cases}")
