# Links between members. The conformance suite is one source for all of them; MPI's runs it under mpirun.
set(folder ${CMAKE_CURRENT_LIST_DIR})
colony_test(unit_inbox ${folder}/link_inbox.cpp ${folder}/link_transport.cpp LIBS colony::shard LABELS unit property sanitize)
colony_test(unit_links ${folder}/link_conformance.cpp ${folder}/link_connection.cpp ${folder}/link_nng.cpp LIBS colony::shard
  LABELS unit sanitize threads TIMEOUT 300)
if(MPI_C_FOUND)
  add_executable(link_conformance_mpi ${folder}/link_conformance_mpi.cpp)
  target_compile_options(link_conformance_mpi PRIVATE ${COLONY_COMPILE_OPTIONS} ${COLONY_WARNINGS})
  target_link_libraries(link_conformance_mpi PRIVATE colony::shard)
  add_test(NAME link_conformance_mpi
    COMMAND ${MPIEXEC_EXECUTABLE} -n 3 --oversubscribe --allow-run-as-root $<TARGET_FILE:link_conformance_mpi>)
  set_tests_properties(link_conformance_mpi PROPERTIES LABELS unit TIMEOUT 120)
endif()
