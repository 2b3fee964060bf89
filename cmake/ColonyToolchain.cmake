# Compiler settings that the results depend on. The digests are promised for these flags: no contraction of a*b+c, no reassociation.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths inside the checkout are hashed as relative ones: a clean clone finds what another checkout compiled.
  # The sloppiness is what precompiled headers need.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

# NDEBUG turns off assert and COLONY_DEBUG_ASSERT; COLONY_ASSERT is on in every build.
# Loops of five instructions carry whole models; one that lies across a line of the decoded cache runs a third slower (BM_sir_pull, Zen),
# and where it lies would be chance.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG -falign-loops=32")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")

# Each flag is bound to its language, so that nvcc meets only those that it knows.
set(COLONY_COMPILE_OPTIONS -march=x86-64-v3 -ffp-contract=off -fno-math-errno -fno-trapping-math)
set(COLONY_WARNINGS -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror)
if(COLONY_SANITIZE)
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")  # reports need lines, not variables: a third less to compile
  list(REMOVE_ITEM COLONY_WARNINGS -Werror)  # instrumented code draws false warnings; the plain builds are strict
  add_compile_options(-fsanitize=${COLONY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${COLONY_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    if(COLONY_SANITIZE MATCHES thread)  # g++ says so itself
      add_compile_definitions(__SANITIZE_THREAD__=1)
    elseif(COLONY_SANITIZE MATCHES address)
      add_compile_definitions(__SANITIZE_ADDRESS__=1)
    endif()
    add_compile_options(-Wno-unknown-pragmas)  # of g++'s, on loops to be vectorised
  endif()
endif()
# What ccache asks of precompiled headers.
set(COLONY_PRECOMPILED_OPTIONS
  "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>" "$<$<COMPILE_LANG_AND_ID:CXX,Clang>:SHELL:-Xclang -fno-pch-timestamp>")
list(TRANSFORM COLONY_COMPILE_OPTIONS REPLACE "(.+)" "$<$<COMPILE_LANGUAGE:CXX>:\\1>")
list(TRANSFORM COLONY_WARNINGS REPLACE "(.+)" "$<$<COMPILE_LANGUAGE:CXX>:\\1>")
