# Links between members. The conformance suite is one source for all of them; MPI's runs it under mpirun.
set(folder ${CMAKE_CURRENT_LIST_DIR})
colony_test(unit_inbox ${folder}/link_inbox.cpp ${folder}/link_transport.cpp LIBS colony::shard LABELS unit property sanitize)
colony_test(unit_links ${folder}/link_conformance.cpp ${folder}/link_nng.cpp LIBS colony::shard LABELS unit sanitize threads TIMEOUT 300)
