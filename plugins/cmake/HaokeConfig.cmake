# find_package(Haoke): Haoke::plugin, the header that plugins are built against, and crm_add_plugin.
get_filename_component(HAOKE_PREFIX ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
if(NOT TARGET Haoke::plugin)
  add_library(Haoke::plugin INTERFACE IMPORTED)
  set_target_properties(Haoke::plugin PROPERTIES INTERFACE_INCLUDE_DIRECTORIES
                                                 ${HAOKE_PREFIX}/include)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/HaokePlugin.cmake)
