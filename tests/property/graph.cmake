colony_test(property_graph ${CMAKE_CURRENT_LIST_DIR}/graph.cpp LIBS colony::io LABELS property sanitize)
