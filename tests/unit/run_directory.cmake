colony_test(unit_run_directory unit/run_directory.cpp unit/run_directory_lock.cpp LIBS colony::io LABELS unit sanitize threads)
