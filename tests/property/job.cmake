colony_test(property_job property/job_file.cpp LIBS colony::io LABELS property sanitize)
