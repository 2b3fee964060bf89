colony_test(unit_session unit/own_member.cpp
  LIBS colony_test_support colony::app colony::coordinator colony::shard colony::io LABELS unit sanitize threads)
