file(GLOB checkpoint_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/checkpoint_*.cpp)
colony_test(unit_checkpoint ${checkpoint_tests} LIBS colony::io LABELS unit READS_SOURCES)
