set(folder ${CMAKE_CURRENT_LIST_DIR}/models)
colony_test(property_random_models ${folder}/random_models.cpp ${folder}/model_courses.cpp ${folder}/model_generators.cpp
  ${folder}/model_value.cpp ${folder}/value_binder.cpp ${folder}/value_items.cpp ${folder}/value_model.cpp
  LIBS colony_test_support LABELS property sanitize threads TIMEOUT 600)
set(random_models 2000)
if(COLONY_SANITIZE)
  set(random_models 100)
endif()
set_tests_properties(property_random_models PROPERTIES ENVIRONMENT "RC_PARAMS=max_success=${random_models}")
