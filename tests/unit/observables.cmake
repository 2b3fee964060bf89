colony_test(unit_observables unit/observables.cpp unit/rows_hash.cpp LIBS colony::io LABELS unit sanitize)
