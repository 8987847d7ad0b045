# crm_add_plugin(NAME [SOURCES file…] [LIBRARIES library…])
#
# Builds NAME.c and SOURCES into plugins/NAME.so of the build directory. A plugin sees nothing of Haoke but
# crm/plugin.h. With HAOKE_TESTS, NAME_test.c, if there is one, becomes the test plugin.NAME; it links
# SOURCES and not NAME.c: what is worth testing without a server needs no host. Installing puts NAME.so
# where an installed server looks for plugins.
if(HAOKE_TESTS)
  find_package(PkgConfig REQUIRED)
  enable_testing()
  pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET GLOBAL cmocka)
endif()

function(crm_add_plugin name)
  cmake_parse_arguments(PLUGIN "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(plugin_${name} MODULE ${name}.c ${PLUGIN_SOURCES})
  target_link_libraries(plugin_${name} PRIVATE Haoke::plugin ${PLUGIN_LIBRARIES})
  set_target_properties(plugin_${name} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} C_STANDARD 11 C_STANDARD_REQUIRED ON C_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
  if(NOT HAOKE_SANITIZE)
    # The sanitizers' own symbols come from the server.
    target_link_options(plugin_${name} PRIVATE -Wl,--no-undefined)
  endif()
  install(TARGETS plugin_${name} LIBRARY DESTINATION lib/haoke/plugins)
  if(HAOKE_TESTS AND EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${name}_test.c)
    add_executable(plugin_${name}_test ${name}_test.c ${PLUGIN_SOURCES})
    set_target_properties(plugin_${name}_test PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON)
    target_link_libraries(plugin_${name}_test PRIVATE Haoke::plugin ${PLUGIN_LIBRARIES}
                                                      PkgConfig::cmocka)
    add_test(NAME plugin.${name} COMMAND plugin_${name}_test)
    set_tests_properties(plugin.${name} PROPERTIES TIMEOUT 120 LABELS unit)
  endif()
endfunction()
