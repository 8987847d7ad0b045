/* walk: every record once, in the order of the numbers, in pieces. */
#include "world.h"

static const data_field note_fields[] = {{.name = "owner", .kind = DATA_KIND_TEXT}, {.name = NULL}};
static const model_type_definition note_types[] = {
    {.name = "note", .fields = note_fields},
    {.name = "note_secret", .fields = note_fields, .flags = MODEL_TYPE_INTERNAL},
    {.name = NULL}};

/* 30 notes, every third 李静's, and of those every second deleted. */
static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world *self = *state;
  world_schema(self, note_types, NULL);
  world_write(self);
  for (int i = 1; i <= 30; i++) {
    const char *owner = i % 3 == 0 ? "李静" : "王芳";
    assert_int_equal(
        world_id(world_create(self, "note", world_value(self, "{'owner': '%s'}", owner))), i);
  }
  for (int i = 6; i <= 30; i += 6) (void)world_delete(self, "note", i);
  world_commit(self);
  world_read(self);
  return 0;
}

/* The numbers that come, in pieces of so many records looked at. */
static size_t walk_all(world *self, base_slice where, bool hidden, int64_t most, int64_t *ids) {
  size_t count = 0;
  model_walk walk = {.id = 0};
  base_slice record;
  do {
    int64_t after = walk.id;
    OK(self,
       model_walk_begin(&self->ctx, world_type(self, "note"), where, hidden, after, most, &walk));
    while (model_walk_next(&walk, &record)) ids[count++] = world_id(record);
    model_walk_end(&walk);
    assert_true(walk.ended || walk.id == after + most);
  } while (!walk.ended);
  return count;
}

static void every_record_comes_once(void **state) {
  world *self = *state;
  int64_t ids[64];
  for (int64_t most = 1; most < 40; most += 6) {
    assert_int_equal(walk_all(self, (base_slice){0}, true, most, ids), 30);
    for (int i = 0; i < 30; i++) assert_int_equal(ids[i], i + 1);
    assert_int_equal(walk_all(self, (base_slice){0}, false, most, ids), 25);
  }
}

static void a_where_picks(void **state) {
  world *self = *state;
  int64_t ids[64];
  assert_int_equal(walk_all(self, world_value(self, "{'owner': '李静'}"), false, 4, ids), 5);
  for (int i = 0; i < 5; i++) assert_int_equal(ids[i], 6 * i + 3);
  assert_int_equal(walk_all(self, world_value(self, "{'owner': '李静'}"), true, 4, ids), 10);
}

static void what_may_not_be_read_is_refused(void **state) {
  world *self = *state;
  model_walk walk;
  REFUSED(self, BASE_INVALID_ARGUMENT, "type", NULL,
          model_walk_begin(&self->ctx, world_type(self, "note_secret"), (base_slice){0}, false, 0,
                           1, &walk));
  REFUSED(self, BASE_INVALID_ARGUMENT, NULL, NULL,
          model_walk_begin(&self->ctx, world_type(self, "note"),
                           world_value(self, "{'ower': '李静'}"), false, 0, 1, &walk));
  self->ctx.actor = (model_actor){.name = text("过客")};
  REFUSED(
      self, BASE_PERMISSION_DENIED, NULL, NULL,
      model_walk_begin(&self->ctx, world_type(self, "note"), (base_slice){0}, false, 0, 1, &walk));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(every_record_comes_once), TEST(a_where_picks),
                                     TEST(what_may_not_be_read_is_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
