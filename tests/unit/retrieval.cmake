file(GLOB retrieval_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/retrieval_*.cpp)
colony_test(unit_retrieval ${retrieval_tests} LIBS colony::app colony::io colony_knowledge_support colony_test_support LABELS unit sanitize)
