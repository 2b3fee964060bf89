# Links between members. The conformance suite is one source for all of them; MPI's runs it under mpirun.
set(folder ${CMAKE_CURRENT_LIST_DIR})
colony_test(unit_links ${folder}/link_conformance.cpp LIBS colony::shard LABELS unit sanitize threads TIMEOUT 300)
