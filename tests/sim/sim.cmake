# A whole cluster in one thread, on a simulated clock, network and disk, with seeded faults: tests/sim/README.md.
file(GLOB sim_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
add_executable(sim_cluster ${sim_sources})
target_compile_options(sim_cluster PRIVATE ${COLONY_COMPILE_OPTIONS} ${COLONY_WARNINGS})
target_link_libraries(sim_cluster PRIVATE colony_test_support colony::coordinator colony::shard)

# colony_sim(NAME FROM COUNT LABELS l...): the worlds of COUNT seeds.
function(colony_sim name from count)
  cmake_parse_arguments(arg "" "" "LABELS" ${ARGN})
  add_test(NAME ${name} COMMAND sim_cluster --seeds ${from} ${count})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 600)
endfunction()

# Two, to run beside each other; a third for the sanitizers, which are an order of magnitude slower.
colony_sim(sim_cluster 1 1000 LABELS sim)
colony_sim(sim_cluster_more 1001 1000 LABELS sim)
colony_sim(sim_cluster_few 2001 200 LABELS sanitize)
