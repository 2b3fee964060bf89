file(GLOB policy_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/policy_*.cpp)
colony_test(unit_device unit/device_failure.cpp unit/device_check.cpp
  LIBS colony::cuda colony_test_support onnx_proto LABELS unit sanitize threads)
colony_test(unit_policy ${policy_tests} LIBS colony::cuda colony_test_support onnx_proto LABELS unit sanitize)
target_compile_definitions(unit_device PRIVATE THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_TBB)
