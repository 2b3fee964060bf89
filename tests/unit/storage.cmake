colony_test(unit_storage ${CMAKE_CURRENT_LIST_DIR}/storage_test.cpp LIBS colony::io LABELS unit)
