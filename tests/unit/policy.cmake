file(GLOB policy_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/policy_*.cpp)
colony_test(unit_policy ${policy_tests} LIBS colony::cuda colony_test_support onnx_proto LABELS unit sanitize)
