/* show: answers as tables, where a Chinese character is two columns wide. See shell.h. */
#include <sys/ioctl.h>
#include <unistd.h>

#include "server/json.h"
#include "server/message.h"
#include "server/shell/shell.h"
#include "server/table.h"

#define COLUMNS_MAX 24
#define CELL_WIDTH 28     /* of one cell; more is cut */
#define WIDTH_UNKNOWN 100 /* of a pipe */

typedef struct column {
  base_slice key;
  size_t width;
} column;

typedef struct table {
  const server_shell *shell;
  size_t count;
  column columns[COLUMNS_MAX];
} table;

static size_t terminal_width(const server_shell *shell) {
  struct winsize size;
  bool known = shell->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : WIDTH_UNKNOWN;
}

/* --- cells ------------------------------------------------------------------------------------------ */

static bool is_instant(base_slice key) {
  return base_slice_is(key, "at") ||
         (key.size > 3 && memcmp(key.data + key.size - 3, "_at", 3) == 0);
}

static void append_cell(const server_shell *shell, base_slice key, data_value value,
                        base_buffer *out);

static void append_list(const server_shell *shell, base_slice key, data_value list,
                        base_buffer *out) {
  data_walk walk = data_walk_begin(list.raw);
  for (uint32_t i = 0; data_walk_next(&walk); i++) {
    if (i > 0) base_buffer_text(out, ", ");
    append_cell(shell, key, walk.value, out);
  }
}

static void append_integer(const server_shell *shell, base_slice key, int64_t value,
                           base_buffer *out) {
  char text[DATA_INSTANT_SIZE];
  bool instant = is_instant(key) && value > DATA_INSTANT_MIN && value < DATA_INSTANT_MAX;
  if (instant) data_instant_format(shell->zone, value, text);
  if (instant)
    base_buffer_text(out, text);
  else
    base_buffer_format(out, "%lld", (long long)value);
}

/* One line of text for any value; maps inside a cell are only hinted at. */
static void append_cell(const server_shell *shell, base_slice key, data_value value,
                        base_buffer *out) {
  switch (value.type) {
    case DATA_NIL:
      break;
    case DATA_BOOLEAN:
      base_buffer_text(out, value.as.boolean ? "true" : "false");
      break;
    case DATA_INTEGER:
      append_integer(shell, key, value.as.integer, out);
      break;
    case DATA_TEXT:
      base_buffer_append(out, value.as.bytes.data, value.as.bytes.size);
      break;
    case DATA_ARRAY:
      append_list(shell, key, value, out);
      break;
    case DATA_MAP:
      base_buffer_text(out, "{…}");
      break;
    default:
      server_json_append(value, out);
  }
}

/* Line ends would break the table. */
static void flatten(base_buffer *text) {
  for (size_t i = 0; i < text->size; i++) {
    if (text->data[i] < ' ') text->data[i] = ' ';
  }
}

static base_slice cut_to(base_slice text, size_t width) {
  if (server_table_width(text) <= width) return text;
  base_slice cut = text;
  while (cut.size > 0 && server_table_width(cut) + 1 > width) {
    cut = data_text_cut(cut, cut.size - 1);
  }
  return cut;
}

static void print_cell(const server_shell *shell, base_slice key, data_value value, size_t width,
                       bool last) {
  base_buffer text = {0};
  append_cell(shell, key, value, &text);
  flatten(&text);
  base_slice whole = base_buffer_slice(&text);
  base_slice cut = cut_to(whole, width);
  if (cut.size < whole.size) {
    base_buffer shortened = {0};
    base_buffer_append(&shortened, cut.data, cut.size);
    base_buffer_text(&shortened, "…");
    base_buffer_fini(&text);
    text = shortened;
  }
  if (last)
    (void)printf("%.*s\n", BASE_SLICE_ARGS(base_buffer_slice(&text)));
  else
    server_table_cell(stdout, base_buffer_slice(&text), width + 2);
  base_buffer_fini(&text);
}

/* --- tables ------------------------------------------------------------------------------------------ */

/* What every record carries and nobody reads in a list. */
static bool is_noise(base_slice key) {
  static const char *const noise[] = {"type",       "version",    "created_at",
                                      "created_by", "updated_at", "updated_by"};
  for (size_t i = 0; i < sizeof noise / sizeof noise[0]; i++) {
    if (base_slice_is(key, noise[i])) return true;
  }
  return false;
}

static column *find_column(table *t, base_slice key) {
  for (size_t i = 0; i < t->count; i++) {
    if (base_slice_equal(t->columns[i].key, key)) return &t->columns[i];
  }
  if (t->count == COLUMNS_MAX || is_noise(key)) return NULL;
  t->columns[t->count] = (column){.key = key, .width = server_table_width(key)};
  return &t->columns[t->count++];
}

static size_t cell_width(const server_shell *shell, base_slice key, data_value value) {
  base_buffer text = {0};
  append_cell(shell, key, value, &text);
  size_t width = server_table_width(base_buffer_slice(&text));
  base_buffer_fini(&text);
  return width < CELL_WIDTH ? width : CELL_WIDTH;
}

static void measure_row(table *t, base_slice row) {
  data_walk walk = data_walk_begin(row);
  while (data_walk_next(&walk)) {
    column *found = find_column(t, walk.key.as.bytes);
    if (found == NULL) continue;
    size_t width = cell_width(t->shell, walk.key.as.bytes, walk.value);
    if (width > found->width) found->width = width;
  }
}

/* Columns that no longer fit the terminal are left out, from the right. */
static void fit(table *t) {
  size_t width = terminal_width(t->shell);
  size_t taken = 0;
  for (size_t i = 0; i < t->count; i++) {
    taken += t->columns[i].width + 2;
    if (taken > width + 2 && i > 0) t->count = i;
  }
}

static void print_row(const table *t, base_slice row) {
  for (size_t i = 0; i < t->count; i++) {
    data_value value = {0};
    (void)data_map_find_slice(row, t->columns[i].key, &value);
    print_cell(t->shell, t->columns[i].key, value, t->columns[i].width, i + 1 == t->count);
  }
}

static void print_heads(const table *t) {
  for (size_t i = 0; i < t->count; i++) {
    data_value head = {.type = DATA_TEXT, .as.bytes = t->columns[i].key};
    print_cell(t->shell, head.as.bytes, head, t->columns[i].width, i + 1 == t->count);
  }
}

static bool is_table(data_value list) {
  data_walk walk = data_walk_begin(list.raw);
  if (list.type != DATA_ARRAY) return false;
  while (data_walk_next(&walk)) {
    if (walk.value.type != DATA_MAP) return false;
  }
  return true;
}

static void show_table(const server_shell *shell, data_value list) {
  table t = {.shell = shell};
  data_walk walk = data_walk_begin(list.raw);
  while (data_walk_next(&walk)) measure_row(&t, walk.value.raw);
  fit(&t);
  if (t.count > 0) print_heads(&t);
  walk = data_walk_begin(list.raw);
  while (data_walk_next(&walk)) print_row(&t, walk.value.raw);
}

/* --- records ------------------------------------------------------------------------------------------- */

static void show_fields(const server_shell *shell, base_slice map, int indent);

static void show_field(const server_shell *shell, base_slice key, data_value value, int indent) {
  if (value.as.count > 0 && value.type == DATA_ARRAY && is_table(value)) {
    (void)putchar('\n');
    show_table(shell, value);
  } else if (value.type == DATA_MAP && value.as.count > 0) {
    (void)putchar('\n');
    show_fields(shell, value.raw, indent + 2);
  } else {
    print_cell(shell, key, value, SIZE_MAX / 2, true);
  }
}

static void show_fields(const server_shell *shell, base_slice map, int indent) {
  size_t widest = 0;
  data_walk walk = data_walk_begin(map);
  while (data_walk_next(&walk)) {
    size_t width = server_table_width(walk.key.as.bytes);
    if (width > widest) widest = width;
  }
  walk = data_walk_begin(map);
  while (data_walk_next(&walk)) {
    (void)printf("%*s", indent, "");
    server_table_cell(stdout, walk.key.as.bytes, widest + 2);
    show_field(shell, walk.key.as.bytes, walk.value, indent);
  }
}

static void show_json(base_slice result) {
  base_buffer text = {0};
  server_json_append(data_peek(result), &text);
  (void)printf("%.*s\n", BASE_SLICE_ARGS(base_buffer_slice(&text)));
  base_buffer_fini(&text);
}

static void show_count(uint32_t count, bool more) {
  if (more) {
    server_message_write(stdout, "（行数：%u，还有更多：\\next）", "(rows: %u, and more: \\next)",
                         count);
  } else {
    server_message_write(stdout, "（行数：%u）", "(rows: %u)", count);
  }
}

void server_shell_show(const server_shell *shell, base_slice result) {
  data_value items = {0};
  data_value next = {0};
  data_value whole = data_peek(result);
  bool page = data_map_find(result, "items", &items) && is_table(items);
  if (shell->json || whole.type != DATA_MAP) {
    show_json(result);
  } else if (page) {
    show_table(shell, items);
    show_count(items.as.count, data_map_find(result, "next", &next) && next.type == DATA_TEXT);
  } else {
    show_fields(shell, result, 0);
  }
}
