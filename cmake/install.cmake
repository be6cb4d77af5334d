# One installed library of all rooms, its headers, the shipped models, and what find_package and pkg-config need.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(rooms GLOBAL PROPERTY ULAM_ROOMS)
list(REMOVE_ITEM rooms cli)
set(objects)
foreach(room IN LISTS rooms)
  get_target_property(type ulam_${room} TYPE)
  if(type STREQUAL STATIC_LIBRARY)
    list(APPEND objects $<TARGET_OBJECTS:ulam_${room}>)
  endif()
endforeach()

add_library(ulam_library STATIC ${objects})
add_library(ulam::ulam ALIAS ulam_library)
set_target_properties(ulam_library PROPERTIES OUTPUT_NAME ulam EXPORT_NAME ulam LINKER_LANGUAGE CXX
                                              EXCLUDE_FROM_ALL OFF)
target_compile_features(ulam_library INTERFACE cxx_std_20)
target_include_directories(ulam_library INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated>
                                                  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(ulam_library INTERFACE fmt::fmt nlohmann_json::nlohmann_json $<BUILD_INTERFACE:ulam_torch>
                                             $<INSTALL_INTERFACE:ulam::torch> $<LINK_ONLY:PNG::PNG>
                                             $<LINK_ONLY:ZLIB::ZLIB> $<LINK_ONLY:OpenMP::OpenMP_CXX>)

install(TARGETS ulam_library EXPORT ulam ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ulam ${PROJECT_BINARY_DIR}/generated/ulam DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "cli" EXCLUDE)
install(DIRECTORY models DESTINATION ${CMAKE_INSTALL_DATADIR}/ulam)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/ulam)
configure_package_config_file(cmake/ulam-config.cmake.in ${PROJECT_BINARY_DIR}/ulam-config.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ulam-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ulam-config.cmake ${PROJECT_BINARY_DIR}/ulam-config-version.cmake
              cmake/ulam_torch.cmake DESTINATION ${package})
install(EXPORT ulam NAMESPACE ulam:: DESTINATION ${package})

get_filename_component(ULAM_TORCH_FOLDER ${ULAM_LIB_torch_cpu} DIRECTORY)
configure_file(cmake/ulam.pc.in ${PROJECT_BINARY_DIR}/ulam.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ulam.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
