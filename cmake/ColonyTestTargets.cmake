# tests_<label>: builds only the programs of the tests that carry the label, for the sanitizer builds.

# Call at the end of the folder that registers the tests.
function(colony_label_targets)
  get_property(tests DIRECTORY PROPERTY TESTS)
  foreach(label ${ARGN})
    add_custom_target(tests_${label})
    foreach(test IN LISTS tests)
      get_property(labels TEST ${test} PROPERTY LABELS)
      if(TARGET ${test} AND "${label}" IN_LIST labels)
        add_dependencies(tests_${label} ${test})
      endif()
    endforeach()
  endforeach()
endfunction()
