colony_test(unit_job unit/job_file.cpp unit/job_condition.cpp unit/job_names.cpp LIBS colony::io LABELS unit)
