if(TARGET colony_knowledge_support)
  colony_bench(bm_retrieval ${CMAKE_CURRENT_LIST_DIR}/bm_retrieval.cpp LIBS colony::app colony_knowledge_support)
endif()
