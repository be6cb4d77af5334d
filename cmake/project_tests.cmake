# Tests of the project as a whole: the order of the rooms, and a foreign project built against an installed Ulam.

add_test(NAME structure COMMAND bash ${PROJECT_SOURCE_DIR}/scripts/check_structure.sh ${PROJECT_SOURCE_DIR})
set_tests_properties(structure PROPERTIES LABELS structure)

if(NOT ULAM_SANITIZE AND EXISTS ${PROJECT_SOURCE_DIR}/tests/install/run.sh)
  add_test(NAME install COMMAND bash ${PROJECT_SOURCE_DIR}/tests/install/run.sh ${PROJECT_SOURCE_DIR}
                                ${PROJECT_BINARY_DIR} ${CMAKE_COMMAND} ${CMAKE_CXX_COMPILER})
  set_tests_properties(install PROPERTIES LABELS install TIMEOUT 600 ENVIRONMENT "Torch_DIR=${Torch_DIR}")
endif()
