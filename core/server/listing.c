/* listing: see listing.h. */
#include "server/listing.h"

#include <stdio.h>

#include "server/message.h"
#include "server/table.h"

#define NAME_COLUMNS 24
#define KIND_COLUMNS 14

static base_slice part(base_slice map, const char *key) {
  data_value value;
  return data_map_find(map, key, &value) ? value.raw : (base_slice){0};
}

/* The Chinese text when the reader wants it and there is one. */
static base_slice doc_of(base_slice map) {
  base_slice zh = data_map_text(map, "doc_zh");
  bool chinese = server_message_language() == BASE_ZH && zh.size > 0;
  return chinese ? zh : data_map_text(map, "doc");
}

static base_slice label_of(base_slice map) {
  base_slice labels = part(map, "label");
  return data_map_text(labels, server_message_choose("zh", "en"));
}

static bool has_flag(base_slice map, const char *flag) {
  data_walk walk = data_walk_begin(part(map, "flags"));
  while (data_walk_next(&walk)) {
    if (base_slice_is(walk.value.as.bytes, flag)) return true;
  }
  return false;
}

static void print_line(base_slice name, const char *mark, base_slice text) {
  server_table_cell(stdout, name, NAME_COLUMNS);
  server_table_cell(stdout, base_slice_text(mark), 3);
  (void)printf("%.*s\n", BASE_SLICE_ARGS(text));
}

/* Control ops move the test clock, and with it whatever is due. */
static bool changes(base_slice op) {
  return has_flag(op, "write") || has_flag(op, "control");
}

void server_listing_ops(base_slice ops) {
  data_walk walk = data_walk_begin(ops);
  while (data_walk_next(&walk)) {
    base_slice op = walk.value.raw;
    if (has_flag(op, "internal")) continue;
    print_line(data_map_text(op, "name"), changes(op) ? "W" : "-", doc_of(op));
  }
}

void server_listing_types(base_slice types) {
  data_walk walk = data_walk_begin(types);
  while (data_walk_next(&walk)) {
    base_slice label = label_of(walk.value.raw);
    base_slice text = label.size > 0 ? label : data_map_text(walk.value.raw, "doc");
    print_line(data_map_text(walk.value.raw, "name"), "", text);
  }
}

static void print_fields(const char *title, base_slice fields) {
  data_walk walk = data_walk_begin(fields);
  if (walk.left == 0) return;
  (void)printf("\n%s\n", title);
  while (data_walk_next(&walk)) {
    base_slice field = walk.value.raw;
    (void)printf("  ");
    server_table_cell(stdout, data_map_text(field, "name"), NAME_COLUMNS - 2);
    server_table_cell(stdout, data_map_text(field, "kind"), KIND_COLUMNS);
    (void)printf("%s%.*s\n", has_flag(field, "required") ? "! " : "  ",
                 BASE_SLICE_ARGS(data_map_text(field, "doc")));
  }
}

void server_listing_op(base_slice op) {
  (void)printf("%.*s\n%.*s\n", BASE_SLICE_ARGS(data_map_text(op, "name")),
               BASE_SLICE_ARGS(doc_of(op)));
  print_fields(server_message_choose("参数（! 必填）", "params (! required)"), part(op, "params"));
  print_fields(server_message_choose("结果", "result"), part(op, "result"));
  data_walk errors = data_walk_begin(part(op, "errors"));
  if (errors.left > 0) (void)printf("\n%s\n ", server_message_choose("错误", "errors"));
  while (data_walk_next(&errors)) (void)printf(" %.*s", BASE_SLICE_ARGS(errors.value.as.bytes));
  (void)printf("\n");
}

bool server_listing_find(base_slice ops, const char *name, base_slice *op) {
  data_walk walk = data_walk_begin(ops);
  while (data_walk_next(&walk)) {
    *op = walk.value.raw;
    if (base_slice_is(data_map_text(*op, "name"), name)) return true;
  }
  return false;
}
