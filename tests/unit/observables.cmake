colony_test(unit_observables unit/observables.cpp LIBS colony::io LABELS unit sanitize)
