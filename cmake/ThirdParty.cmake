# Every library that the project uses, from Debian packages, under one name each. Modules name what they use.
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_path(SIMDJSON_INCLUDE simdjson.h REQUIRED)
find_library(SIMDJSON_LIBRARY simdjson REQUIRED)

function(eventbus_third_party name)
  add_library(third_party_${name} INTERFACE)
  add_library(third_party::${name} ALIAS third_party_${name})
  target_link_libraries(third_party_${name} INTERFACE ${ARGN})
endfunction()

# JSON pointers in nlohmann's type errors; it changes the library's inline namespace, so it holds everywhere or nowhere.
eventbus_third_party(json nlohmann_json::nlohmann_json)
target_compile_definitions(third_party_json INTERFACE JSON_DIAGNOSTICS=1)

eventbus_third_party(simdjson ${SIMDJSON_LIBRARY})
target_include_directories(third_party_simdjson SYSTEM INTERFACE ${SIMDJSON_INCLUDE})
eventbus_third_party(spdlog spdlog::spdlog fmt::fmt)
eventbus_third_party(sqlite SQLite::SQLite3)
eventbus_third_party(openssl OpenSSL::SSL OpenSSL::Crypto)
eventbus_third_party(yaml yaml-cpp)
eventbus_third_party(cli CLI11::CLI11)

# Asio and Beast compiled once, instead of in every file that includes them.
add_library(third_party_asio_impl STATIC ${CMAKE_SOURCE_DIR}/cmake/asio_beast.cpp)
set_target_properties(third_party_asio_impl PROPERTIES UNITY_BUILD OFF)
target_link_libraries(third_party_asio_impl PUBLIC Boost::headers Threads::Threads OpenSSL::SSL OpenSSL::Crypto)
target_compile_definitions(third_party_asio_impl PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_COROUTINE)
eventbus_third_party(asio third_party_asio_impl)
