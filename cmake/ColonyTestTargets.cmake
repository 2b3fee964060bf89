# tests_<label>: builds only the programs of the tests that carry the label, for the sanitizer builds.

# Call at the end of the folder that registers the tests.
function(colony_label_targets)
  get_property(tests DIRECTORY PROPERTY TESTS)
  foreach(label ${ARGN})
    add_custom_target(tests_${label})
    foreach(test IN LISTS tests)
      get_property(labels TEST ${test} PROPERTY LABELS)
      string(REGEX REPLACE "\\.[0-9]+$" "" program ${test})  # of several parts
      if(TARGET ${program} AND "${label}" IN_LIST labels)
        add_dependencies(tests_${label} ${program})
      endif()
    endforeach()
  endforeach()
endfunction()
