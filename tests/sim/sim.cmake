# A whole cluster in one thread, on a simulated clock, network and disk, with seeded faults: tests/sim/README.md.
file(GLOB sim_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
add_executable(sim_cluster ${sim_sources})
target_compile_options(sim_cluster PRIVATE ${COLONY_TEST_OPTIONS} ${COLONY_WARNINGS})
target_precompile_headers(sim_cluster REUSE_FROM colony_test_headers)
# (googletest: its headers are among the precompiled ones.)
target_link_libraries(sim_cluster PRIVATE colony_test_support colony::coordinator colony::shard GTest::gmock)

# colony_sim(NAME FROM COUNT LABELS l...): the worlds of COUNT seeds.
function(colony_sim name from count)
  cmake_parse_arguments(arg "" "" "LABELS" ${ARGN})
  add_test(NAME ${name} COMMAND sim_cluster --seeds ${from} ${count})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 600)
endfunction()

# The first, of which sanitizers run all, has the program's name, by which they build it; the others run beside each other.
colony_sim(sim_cluster 1 200 LABELS sim sanitize)
colony_sim(sim_cluster_second 201 900 LABELS sim)
colony_sim(sim_cluster_third 1101 900 LABELS sim)
