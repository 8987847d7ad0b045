/* code: reads what lua_dump writes of Lua 5.4. See code.h. */
#include "script/code.h"

#include "base/buffer.h"
#include "base/log.h"

#define HEADER_BYTES 32 /* with the number of upvalues behind it */
#define NUMBER_BYTES 8
#define OPCODE(instruction) ((instruction)&0x7fu)
#define REGISTER(instruction) ((instruction) >> 7 & 0xffu)

enum { OP_LFALSESKIP = 6, OP_LOADTRUE = 7, OP_GETUPVAL = 9 };
enum { INTEGER = 0x03, FLOAT = 0x13, SHORT_TEXT = 0x04, LONG_TEXT = 0x14 };
enum { LINE_ABSOLUTE = -128 };

typedef struct reader {
  base_slice rest;
  int line; /* of the first place; 0: none yet */
} reader;

static base_slice take(reader *in, size_t size) {
  if (size > in->rest.size) base_fatal("script.code", "reason=\"code of another form\"");
  base_slice taken = base_slice_make(in->rest.data, size);
  in->rest = base_slice_after(in->rest, size);
  return taken;
}

static size_t take_size(reader *in) {
  size_t value = 0;
  uint8_t byte;
  do {
    byte = take(in, 1).data[0];
    value = value << 7 | (byte & 0x7fu);
  } while ((byte & 0x80u) == 0);
  return value;
}

static void take_text(reader *in) {
  size_t size = take_size(in);
  if (size > 0) (void)take(in, size - 1);
}

static void take_constants(reader *in) {
  for (size_t count = take_size(in); count > 0; count--) {
    uint8_t kind = take(in, 1).data[0];
    if (kind == INTEGER || kind == FLOAT) (void)take(in, NUMBER_BYTES);
    if (kind == SHORT_TEXT || kind == LONG_TEXT) take_text(in);
  }
}

static uint32_t instruction_at(base_slice code, size_t index) {
  uint32_t instruction = 0;
  memcpy(&instruction, code.data + index * sizeof instruction, sizeof instruction);
  return instruction;
}

/* The index of the fetch; the number of instructions when there is none. */
static size_t find_wrong(base_slice code) {
  size_t count = code.size / sizeof(uint32_t);
  for (size_t i = 0; i + 2 < count; i++) {
    uint32_t fetch = instruction_at(code, i);
    uint32_t no = instruction_at(code, i + 1);
    uint32_t yes = instruction_at(code, i + 2);
    if (OPCODE(fetch) == OP_GETUPVAL && OPCODE(no) == OP_LFALSESKIP && OPCODE(yes) == OP_LOADTRUE &&
        REGISTER(no) == REGISTER(yes)) {
      return i;
    }
  }
  return count;
}

/* Lines are kept as differences, and now and then as they are. */
static int take_line(reader *in, size_t line, size_t wanted) {
  base_slice differences = take(in, take_size(in));
  size_t absolute = take_size(in);
  base_slice before = in->rest;
  for (size_t i = 0; i < absolute; i++) (void)take_size(in), (void)take_size(in);
  reader again = {.rest = before};
  for (size_t i = 0; i <= wanted && i < differences.size; i++) {
    int8_t difference = (int8_t)differences.data[i];
    if (difference == LINE_ABSOLUTE) {
      (void)take_size(&again);
      line = take_size(&again);
    } else {
      line += (size_t)(int64_t)difference;
    }
  }
  return (int)line;
}

static void take_debug(reader *in, size_t line, size_t wrong, bool is_wrong) {
  int found = take_line(in, line, wrong);
  if (is_wrong && in->line == 0) in->line = found;
  for (size_t count = take_size(in); count > 0; count--) {
    take_text(in);
    (void)take_size(in);
    (void)take_size(in);
  }
  for (size_t count = take_size(in); count > 0; count--) take_text(in);
}

/* Functions nest no deeper than the compiler lets them, which is 200. */
static void take_function(reader *in) {  // NOLINT(misc-no-recursion)
  take_text(in);                         /* the name of the source */
  size_t line = take_size(in);
  (void)take_size(in); /* its last line */
  (void)take(in, 3);   /* parameters, whether more may come, registers */
  base_slice code = take(in, take_size(in) * sizeof(uint32_t));
  size_t wrong = find_wrong(code);
  take_constants(in);
  (void)take(in, take_size(in) * 3); /* upvalues */
  for (size_t count = take_size(in); count > 0; count--) take_function(in);
  take_debug(in, line, wrong, wrong < code.size / sizeof(uint32_t));
}

static int write_code(lua_State *lua, const void *bytes, size_t size, void *self) {
  (void)lua;
  base_buffer_append(self, bytes, size);
  return 0;
}

int script_code_wrong_line(lua_State *lua) {
  base_buffer code = {0};
  (void)lua_dump(lua, write_code, &code, 0);
  reader in = {.rest = base_buffer_slice(&code)};
  (void)take(&in, HEADER_BYTES);
  take_function(&in);
  base_buffer_fini(&code);
  return in.line;
}
