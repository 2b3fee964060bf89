# Batched inference beside its peer, oneDNN, which colony itself does not link. (Its CMake package insists on OpenCL.)
find_library(DNNL_LIBRARY dnnl REQUIRED)
find_path(DNNL_INCLUDE_DIR dnnl.hpp REQUIRED)
set(folder ${CMAKE_CURRENT_LIST_DIR})
if(TARGET colony_test_support)
  colony_bench(bm_policy ${folder}/bm_policy.cpp ${folder}/colony_run.cpp
    ${folder}/reference/dense_layers.cpp ${folder}/reference/peak_v3.cpp ${folder}/reference/peak_v4.cpp
    LIBS colony::cuda colony::coordinator colony_test_support ${DNNL_LIBRARY} gomp)
  set_source_files_properties(${folder}/reference/peak_v4.cpp PROPERTIES COMPILE_OPTIONS -march=x86-64-v4)
endif()
