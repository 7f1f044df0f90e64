# Flags for our own targets. Third-party headers are SYSTEM, so they never trip our warnings.
set(EVENTBUS_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror=unused-result -Werror=return-type)

# g++ 12 warns falsely about uninitialised and dangling values inside inlined std:: and coroutine frames.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND EVENTBUS_WARNINGS -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
       -Wno-mismatched-new-delete)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection)
add_compile_definitions($<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2> _GLIBCXX_ASSERTIONS)
add_link_options(-Wl,-z,relro,-z,now)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fcoroutines)
endif()

if(EVENTBUS_SANITIZE STREQUAL "address")
  # Without vptr: that check opens a pipe to look at an object, and calls every object bad when a test has used up the file
  # descriptors.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -UNDEBUG -U_FORTIFY_SOURCE)
  add_link_options(-fsanitize=address,undefined)
elseif(EVENTBUS_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -O1 -UNDEBUG -U_FORTIFY_SOURCE)
  add_link_options(-fsanitize=thread)
elseif(EVENTBUS_SANITIZE)
  message(FATAL_ERROR "EVENTBUS_SANITIZE: expected address or thread, found \"${EVENTBUS_SANITIZE}\"")
endif()
