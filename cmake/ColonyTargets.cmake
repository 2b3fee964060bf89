include(GNUInstallDirs)

# What most sources of the libraries include, parsed once: it takes longer to read than most of them to compile. No header of ours is in it,
# and tests/layout/check_names.py sees that ours name what they use all the same.
add_library(colony_library_headers OBJECT EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
target_precompile_headers(colony_library_headers PRIVATE
  <algorithm> <array> <atomic> <bit> <chrono> <cmath> <cstdint> <cstring> <deque> <filesystem> <functional> <limits> <map> <memory> <mutex>
  <numeric> <optional> <set> <span> <sstream> <string> <thread> <tuple> <type_traits> <unordered_map> <utility> <variant> <vector>
  <fmt/format.h> <tbb/blocked_range.h> <tbb/parallel_for.h> <tbb/partitioner.h> <tbb/task_arena.h>)
target_compile_options(colony_library_headers PRIVATE ${COLONY_COMPILE_OPTIONS} ${COLONY_WARNINGS} ${COLONY_PRECOMPILED_OPTIONS})
target_link_libraries(colony_library_headers PRIVATE fmt::fmt TBB::tbb Threads::Threads)

# colony_library(NAME [PUBLIC lib...] [PRIVATE lib...]): the library of one folder, made of every .cpp beside its CMakeLists.txt and one
# folder below, but for main.cpp. It is exported as colony::NAME; its headers are installed as include/colony/<folder>/...
function(colony_library name)
  cmake_parse_arguments(arg "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/*/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(NOT sources)  # a folder of headers only: an archive needs one object
    set(sources ${CMAKE_CURRENT_BINARY_DIR}/headers_only.cpp)
    file(CONFIGURE OUTPUT ${sources} CONTENT "" @ONLY)
  endif()
  add_library(colony_${name} STATIC ${sources})
  add_library(colony::${name} ALIAS colony_${name})
  set_target_properties(colony_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(colony_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/colony>)
  target_compile_features(colony_${name} PUBLIC cxx_std_20)
  target_compile_options(colony_${name} PUBLIC ${COLONY_COMPILE_OPTIONS} PRIVATE ${COLONY_WARNINGS} ${COLONY_PRECOMPILED_OPTIONS})
  target_precompile_headers(colony_${name} REUSE_FROM colony_library_headers)
  target_link_libraries(colony_${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  install(TARGETS colony_${name} EXPORT colonyTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/colony FILES_MATCHING PATTERN "*.hpp")
endfunction()

# colony_executable(NAME [source...] OUTPUT_NAME file [PRIVATE lib...]): a program that lies at the top of the build folder and is
# installed to bin/. Without sources: main.cpp.
function(colony_executable name)
  cmake_parse_arguments(arg "" "OUTPUT_NAME" "PRIVATE" ${ARGN})
  if(NOT arg_UNPARSED_ARGUMENTS)
    set(arg_UNPARSED_ARGUMENTS main.cpp)
  endif()
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME ${arg_OUTPUT_NAME} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  target_compile_options(${name} PRIVATE ${COLONY_COMPILE_OPTIONS} ${COLONY_WARNINGS})
  target_link_libraries(${name} PRIVATE ${arg_PRIVATE})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
