set(folder ${CMAKE_CURRENT_LIST_DIR})
colony_test(property_random_models ${folder}/random_models.cpp ${folder}/value_model.cpp ${folder}/model_value.cpp
  LIBS colony_test_support LABELS property sanitize threads TIMEOUT 300)
set(random_models 2000)
if(COLONY_SANITIZE)
  set(random_models 100)
endif()
set_tests_properties(property_random_models PROPERTIES ENVIRONMENT "RC_PARAMS=max_success=${random_models}")
