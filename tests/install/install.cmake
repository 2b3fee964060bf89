# A model can live outside the tree: installs what was built and builds model/ and mistakes/ against it, as a stranger would.
# Sanitized builds are left out, because their flags are not part of the package.
if(NOT COLONY_SANITIZE AND NOT COLONY_FUZZ)
  add_test(NAME install_model COMMAND ${PROJECT_SOURCE_DIR}/tests/install/check.sh ${PROJECT_BINARY_DIR} ${CMAKE_CXX_COMPILER})
  set_tests_properties(install_model PROPERTIES LABELS install TIMEOUT 600)
endif()
