foreach(part cluster cluster_members cluster_failures cluster_checkpoints cluster_balance cluster_random)
  list(APPEND cluster_tests ${CMAKE_CURRENT_LIST_DIR}/${part}.cpp)
endforeach()
colony_test(unit_cluster ${cluster_tests} ${CMAKE_CURRENT_LIST_DIR}/cluster_support.cpp LIBS colony::coordinator LABELS unit sanitize)
