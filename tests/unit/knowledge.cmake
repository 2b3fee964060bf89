colony_test(unit_knowledge ${CMAKE_CURRENT_LIST_DIR}/knowledge_words.cpp ${CMAKE_CURRENT_LIST_DIR}/knowledge_smart.cpp
  ${CMAKE_CURRENT_LIST_DIR}/knowledge_collection.cpp LIBS colony::models colony_test_support LABELS unit sanitize)
