# The real program, in real processes. Python's standard library drives it; h5py reads what it wrote.
find_program(COLONY_PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(NOT COLONY_PYTHON3)
  find_program(COLONY_PYTHON3 python3 REQUIRED)
endif()

function(colony_e2e name script)
  add_test(NAME e2e_${name} COMMAND ${COLONY_PYTHON3} -B ${PROJECT_SOURCE_DIR}/tests/e2e/${script} ${ARGN})
  set_tests_properties(e2e_${name} PROPERTIES LABELS e2e TIMEOUT 300
    ENVIRONMENT "COLONY_PROGRAM=$<TARGET_FILE:colony_program>;COLONY_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
endfunction()

colony_e2e(bad_input bad_input.py)
colony_e2e(checkpoints bad_checkpoints.py)
colony_e2e(disk disk.py)
foreach(model epidemic foraging life opinion)
  colony_e2e(crash_${model} crash.py ${model})
endforeach()
colony_e2e(cluster cluster.py)
colony_e2e(signals signals.py)
colony_e2e(output output.py)
colony_e2e(configs configs.py)
colony_e2e(commands commands.py)
