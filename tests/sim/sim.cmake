# A whole cluster in one thread, on a simulated clock, network and disk, with seeded faults: tests/sim/README.md.
file(GLOB sim_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
add_executable(sim_cluster ${sim_sources})
target_compile_options(sim_cluster PRIVATE ${COLONY_COMPILE_OPTIONS} ${COLONY_WARNINGS})
target_link_libraries(sim_cluster PRIVATE colony_test_support colony::coordinator colony::shard)
