# The target ulam_torch: libtorch's headers and libraries, found by name.
#
# TorchConfig.cmake is not used: Debian's asks for targets that the package lacks, and a CUDA build's asks for nvcc,
# although a user of the library needs neither. Another libtorch than the system's is chosen by Torch_DIR (the folder
# of its TorchConfig.cmake, as libtorch's own instructions have it) or by CMAKE_PREFIX_PATH.

if(NOT TARGET ulam_torch)
  set(ulam_torch_hints ${CMAKE_PREFIX_PATH})
  if(Torch_DIR)
    get_filename_component(ulam_torch_root ${Torch_DIR}/../../.. ABSOLUTE)
    list(PREPEND ulam_torch_hints ${ulam_torch_root})
  endif()
  foreach(library IN ITEMS torch torch_cpu c10)
    find_library(ULAM_LIB_${library} ${library} HINTS ${ulam_torch_hints} PATH_SUFFIXES lib REQUIRED)
  endforeach()
  get_filename_component(ulam_torch_folder ${ULAM_LIB_torch_cpu} DIRECTORY)
  # CUDA lives in libraries of its own, beside the others, and registers itself when they are loaded.
  foreach(library IN ITEMS torch_cuda c10_cuda)
    find_library(ULAM_LIB_${library} ${library} PATHS ${ulam_torch_folder} NO_DEFAULT_PATH)
  endforeach()
  find_path(ULAM_TORCH_INCLUDE ATen/ATen.h HINTS ${ulam_torch_hints} PATH_SUFFIXES include REQUIRED)

  # Some builds bring the headers of another version of fmt beside their own: those of the library that is linked come first.
  set(ulam_fmt_first)
  find_path(ULAM_FMT_INCLUDE fmt/format.h REQUIRED)
  if(EXISTS ${ULAM_TORCH_INCLUDE}/fmt/format.h AND NOT ULAM_TORCH_INCLUDE STREQUAL ULAM_FMT_INCLUDE)
    set(ulam_fmt_first ${CMAKE_CURRENT_BINARY_DIR}/fmt_first)
    file(MAKE_DIRECTORY ${ulam_fmt_first})
    file(CREATE_LINK ${ULAM_FMT_INCLUDE}/fmt ${ulam_fmt_first}/fmt SYMBOLIC)
  endif()

  add_library(ulam_torch INTERFACE)
  target_include_directories(ulam_torch SYSTEM INTERFACE ${ulam_fmt_first} ${ULAM_TORCH_INCLUDE}
                                                         ${ULAM_TORCH_INCLUDE}/torch/csrc/api/include)
  target_link_libraries(ulam_torch INTERFACE ${ULAM_LIB_torch} ${ULAM_LIB_torch_cpu} ${ULAM_LIB_c10})
  if(ULAM_LIB_torch_cuda)
    target_link_libraries(ulam_torch INTERFACE -Wl,--push-state,--no-as-needed ${ULAM_LIB_torch_cuda}
                                               ${ULAM_LIB_c10_cuda} -Wl,--pop-state)
  endif()
  # Builds of libtorch differ in the ABI of std::string; the library's own configuration says which.
  set(ulam_torch_config ${ulam_torch_folder}/../share/cmake/Torch/TorchConfig.cmake)
  if(EXISTS ${ulam_torch_config})
    file(STRINGS ${ulam_torch_config} ulam_torch_abi REGEX "_GLIBCXX_USE_CXX11_ABI=[01]")
    if(ulam_torch_abi MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
      target_compile_definitions(ulam_torch INTERFACE _GLIBCXX_USE_CXX11_ABI=0)
    endif()
  endif()
  message(STATUS "libtorch: ${ULAM_LIB_torch_cpu}")
endif()
