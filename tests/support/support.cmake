# What tests of whole colonies share: link colony_test_support.
add_library(colony_test_support STATIC EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/colony.cpp ${CMAKE_CURRENT_LIST_DIR}/bazaar.cpp
  ${CMAKE_CURRENT_LIST_DIR}/corpus.cpp ${CMAKE_CURRENT_LIST_DIR}/graphs.cpp ${CMAKE_CURRENT_LIST_DIR}/instances.cpp
  ${CMAKE_CURRENT_LIST_DIR}/networks.cpp)
target_compile_options(colony_test_support PRIVATE ${COLONY_COMPILE_OPTIONS} ${COLONY_WARNINGS} ${COLONY_PRECOMPILED_OPTIONS})
target_precompile_headers(colony_test_support REUSE_FROM colony_library_headers)
target_compile_definitions(colony_test_support PRIVATE COLONY_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(colony_test_support PUBLIC colony::shard colony::models PRIVATE ZLIB::ZLIB onnx_proto)
