set(folder ${CMAKE_CURRENT_LIST_DIR})
colony_bench(bm_engine
  ${folder}/colony_run.cpp ${folder}/bm_sir.cpp ${folder}/bm_foraging.cpp ${folder}/bm_life.cpp ${folder}/bm_tick.cpp
  ${folder}/bm_shards.cpp ${folder}/bm_growth.cpp
  ${folder}/reference/sir.cpp ${folder}/reference/ants.cpp ${folder}/reference/life.cpp
  LIBS colony::models colony::shard colony::coordinator benchmark::benchmark_main)
colony_bench(bench_memory ${folder}/memory.cpp ${folder}/colony_run.cpp LIBS colony::models colony::shard colony::coordinator)
