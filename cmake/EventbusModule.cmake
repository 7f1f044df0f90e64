# eventbus_module(match SOURCES a.cpp b.cpp DEPS eventbus::core THIRD_PARTY third_party::simdjson)
#
# One folder = one library = one line of permitted dependencies. DEPS is the permission list that
# tests/layering_test.py checks; THIRD_PARTY is PRIVATE unless it stands after PUBLIC_THIRD_PARTY.
function(eventbus_module name)
  cmake_parse_arguments(M "" "" "SOURCES;DEPS;THIRD_PARTY;PUBLIC_THIRD_PARTY" ${ARGN})
  add_library(eventbus_${name} STATIC ${M_SOURCES})
  add_library(eventbus::${name} ALIAS eventbus_${name})
  target_include_directories(eventbus_${name}
    PUBLIC ${CMAKE_SOURCE_DIR}/include
    PRIVATE ${CMAKE_SOURCE_DIR}/src/${name})
  target_link_libraries(eventbus_${name} PUBLIC ${M_DEPS} ${M_PUBLIC_THIRD_PARTY} PRIVATE ${M_THIRD_PARTY})
  target_compile_options(eventbus_${name} PRIVATE ${EVENTBUS_WARNINGS})
endfunction()

# eventbus_test(match SOURCES a_test.cpp DEPS eventbus::match): the executable match_test, its cases found by CTest.
# Tests may look into src/<name>/ for the parts that the public headers hide.
function(eventbus_test name)
  cmake_parse_arguments(T "" "" "SOURCES;DEPS;THIRD_PARTY" ${ARGN})
  add_executable(${name}_test ${T_SOURCES})
  target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/src/${name} ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name}_test PRIVATE eventbus::${name} ${T_DEPS} ${T_THIRD_PARTY} GTest::gtest_main)
  target_compile_options(${name}_test PRIVATE ${EVENTBUS_WARNINGS})
  target_compile_definitions(${name}_test PRIVATE EVENTBUS_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
  gtest_discover_tests(${name}_test NO_PRETTY_VALUES DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()
