# Files that are part of the program: each becomes an array of bytes that ends with a NUL.
#
#   haoke_embed(ROOM SYMBOL FILE)    const unsigned char SYMBOL[], made from FILE, in the room's library
function(haoke_embed room symbol file)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.c)
  add_custom_command(
    OUTPUT ${made}
    COMMAND ${CMAKE_COMMAND} -DSYMBOL=${symbol} -DFROM=${file} -DTO=${made} -P
            ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    DEPENDS ${file} ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    VERBATIM)
  target_sources(haoke_${room} PRIVATE ${made})
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${FROM} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(WRITE ${TO} "extern const unsigned char ${SYMBOL}[];\n"
                   "const unsigned char ${SYMBOL}[] = {${bytes}0x00};\n")
endif()
