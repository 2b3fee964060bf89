colony_test(unit_job unit/job_file.cpp unit/job_condition.cpp LIBS colony::io LABELS unit sanitize)
colony_test(unit_job_configs unit/job_configs.cpp LIBS colony::io colony::models LABELS unit READS_SOURCES)
