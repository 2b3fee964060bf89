# cmake --install: the libraries, their headers, and a package that find_package(colony CONFIG) finds.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/colony)

install(EXPORT colonyTargets NAMESPACE colony:: DESTINATION ${package_folder})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/colonyConfig.cmake.in ${PROJECT_BINARY_DIR}/colonyConfig.cmake
  INSTALL_DESTINATION ${package_folder})
# The state that models write is bound to the version that wrote it: 0.y.z promises nothing across y.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/colonyConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/colonyConfig.cmake ${PROJECT_BINARY_DIR}/colonyConfigVersion.cmake DESTINATION ${package_folder})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
