colony_test(unit_graph ${CMAKE_CURRENT_LIST_DIR}/graph_rows.cpp ${CMAKE_CURRENT_LIST_DIR}/graph_readers.cpp
  ${CMAKE_CURRENT_LIST_DIR}/graph_errors.cpp ${CMAKE_CURRENT_LIST_DIR}/graph_generators.cpp ${CMAKE_CURRENT_LIST_DIR}/graph_edge_counts.cpp
  ${CMAKE_CURRENT_LIST_DIR}/graph_rle.cpp
  LIBS colony::io colony::models colony_test_support ZLIB::ZLIB LABELS unit sanitize READS_SOURCES)
