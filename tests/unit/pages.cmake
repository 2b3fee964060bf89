colony_test(unit_pages unit/pages_authorization.cpp unit/pages_texts.cpp unit/pages_server.cpp unit/pages_lines.cpp
  LIBS colony::app colony::coordinator colony::shard colony::io LABELS unit sanitize threads)
