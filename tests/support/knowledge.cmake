# Grown knowledge without a colony: link colony_knowledge_support, or run knowledge_run.
add_library(colony_knowledge_support STATIC EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/knowledge.cpp)
target_compile_options(colony_knowledge_support PRIVATE ${COLONY_COMPILE_OPTIONS} ${COLONY_WARNINGS})
target_link_libraries(colony_knowledge_support PUBLIC colony::io)
add_executable(knowledge_run ${CMAKE_CURRENT_LIST_DIR}/knowledge_run.cpp)
target_compile_options(knowledge_run PRIVATE ${COLONY_COMPILE_OPTIONS} ${COLONY_WARNINGS})
target_link_libraries(knowledge_run PRIVATE colony_knowledge_support)
