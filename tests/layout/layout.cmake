# Which folder may include what, names that want a header, headers that compile alone, and style. The rules and their reasons stand in
# the scripts.
find_program(COLONY_PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(NOT COLONY_PYTHON3)
  find_program(COLONY_PYTHON3 python3 REQUIRED)
endif()
set(layout ${PROJECT_SOURCE_DIR}/tests/layout)
add_test(NAME layout_includes COMMAND ${COLONY_PYTHON3} -B ${layout}/check_includes.py ${PROJECT_SOURCE_DIR})
add_test(NAME layout_names COMMAND ${COLONY_PYTHON3} -B ${layout}/check_names.py ${PROJECT_SOURCE_DIR})
add_test(NAME layout_style COMMAND ${COLONY_PYTHON3} -B ${layout}/check_style.py ${PROJECT_SOURCE_DIR})
add_test(NAME layout_can_fail COMMAND ${COLONY_PYTHON3} -B ${layout}/test_layout.py)
set_tests_properties(layout_includes layout_names layout_style layout_can_fail PROPERTIES LABELS layout TIMEOUT 60)

# One source a header, holding nothing but its #include; a header with a source of its own is the first that this one includes
# (check_includes.py sees to it). Headers of the standard library are precompiled: check_names.py looks for those that are missing.
set(alone_sources)
foreach(folder engine ringhash models io shard coordinator apps)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${folder}/*.hpp)
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "\\.hpp$" ".cpp" own_source ${header})
    if(EXISTS ${PROJECT_SOURCE_DIR}/${own_source})
      continue()
    endif()
    set(source ${CMAKE_CURRENT_BINARY_DIR}/headers_alone/${header}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n" @ONLY)
    list(APPEND alone_sources ${source})
  endforeach()
endforeach()
if(alone_sources AND NOT COLONY_SANITIZE AND NOT COLONY_FUZZ)
  add_library(headers_compile_alone OBJECT ${alone_sources})
  target_include_directories(headers_compile_alone PRIVATE ${PROJECT_SOURCE_DIR} SYSTEM PRIVATE ${METIS_INCLUDE_DIR})
  target_compile_options(headers_compile_alone PRIVATE ${COLONY_COMPILE_OPTIONS} ${COLONY_WARNINGS} ${COLONY_PRECOMPILED_OPTIONS})
  target_precompile_headers(headers_compile_alone REUSE_FROM colony_library_headers)
  target_link_libraries(headers_compile_alone PRIVATE TBB::tbb Boost::headers fmt::fmt spdlog::spdlog PkgConfig::XXHASH hdf5::hdf5
    tomlplusplus::tomlplusplus nlohmann_json::nlohmann_json ZLIB::ZLIB CLI11::CLI11)
endif()

include(ColonyTestTargets)
cmake_language(DEFER CALL colony_label_targets sanitize threads)
