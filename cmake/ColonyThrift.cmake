# colony_thrift(OUT FILE.thrift): generates C++ from the IDL into this folder's part of the build, <binary>/idl/colony_idl/, and puts the
# sources to compile into OUT and the include root into OUT_INCLUDE. Sources say #include <colony_idl/<file>_types.h>: only what is
# compiled here may, for the code is neither installed nor part of any public header.
function(colony_thrift out file)
  get_filename_component(name ${file} NAME_WE)
  set(root ${CMAKE_CURRENT_BINARY_DIR}/idl)
  set(folder ${root}/colony_idl)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${folder}/${name}_types.cpp ${folder}/${name}_types.h
    COMMAND ${THRIFT_COMPILER} --gen cpp:no_skeleton,no_ostream_operators,no_default_operators -out ${folder} ${file}
    DEPENDS ${file} VERBATIM)
  # Generated code is not held to our warnings.
  set_source_files_properties(${folder}/${name}_types.cpp PROPERTIES COMPILE_OPTIONS -w)
  set(${out} ${folder}/${name}_types.cpp ${folder}/${name}_types.h PARENT_SCOPE)
  set(${out}_INCLUDE ${root} PARENT_SCOPE)
endfunction()
