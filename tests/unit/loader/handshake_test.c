/* Loading: each way in which a file is no plugin of this server has its sentence; and the layout of
 * ABI 1.0, which never changes. */
#include <dirent.h>

#include "desk.h"
#include "loader/library.h"

/* --- the layout -------------------------------------------------------------------------------- */

#define PLACE(type, member, place)                                                                 \
  _Static_assert(offsetof(type, member) == (place), #type "." #member " has moved")

_Static_assert(sizeof(crm_slice) == 16 && sizeof(crm_value) == 56, "frozen");
_Static_assert(sizeof(crm_walk) == 136 && sizeof(crm_query) == 56, "frozen");
_Static_assert(sizeof(crm_page) == 32 && sizeof(crm_sizes) == 64, "frozen");
PLACE(crm_plugin, abi_major, 4);
PLACE(crm_plugin, sizes, 8);
PLACE(crm_plugin, name, 72);
PLACE(crm_plugin, start, 144);
PLACE(crm_plugin, self, 160);
PLACE(crm_field, flags, 12);
PLACE(crm_field, of, 96);
PLACE(crm_transition, to, 8);
PLACE(crm_term, value, 8);
PLACE(crm_index, flags, 24);
PLACE(crm_type, flags, 56);
PLACE(crm_op, run, 56);
PLACE(crm_op, flags, 80);
PLACE(crm_rule, run, 40);
PLACE(crm_rule, events, 56);
PLACE(crm_change, event, 48);
PLACE(crm_facts, today, 40);
PLACE(crm_reply, message, 32);
PLACE(crm_host, version, 16);
PLACE(crm_host, value, 24);
PLACE(crm_host, get, 88);
PLACE(crm_host, fail, 160);
PLACE(crm_host, submit, 232);

/* --- refusals ---------------------------------------------------------------------------------- */

static void refused(desk *self, const char *path, base_code code, const char *words) {
  api_package *package = NULL;
  base_buffer described = {0};
  base_error_clear(&self->error);
  base_code answer = loader_plugin_load(path, self->copies, &package, &self->error);
  if (answer != code || strstr(self->error.message, words) == NULL) {
    fail_msg("%s: %s %s", path, base_code_name(answer), self->error.message);
  }
  assert_int_equal(self->error.code, code);
  assert_non_null(strstr(self->error.message, path));
  base_error_clear(&self->error);
  assert_int_equal(loader_plugin_inspect(path, self->copies, &described, &self->error), code);
  assert_int_equal(described.size, 0);
  base_buffer_fini(&described);
}

static int copies_left(const desk *self) {
  int count = 0;
  DIR *directory = opendir(self->copies);
  assert_non_null(directory);
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
    count += entry->d_name[0] != '.';
  (void)closedir(directory);
  return count;
}

static void each_fault_has_its_sentence(void **state) {
  desk *self = *state;
  static const struct {
    const char *file;
    const char *words;
  } faults[] = {
      {"not_elf", "is not a shared object"},
      {"no_entry", "does not export crm_plugin_entry"},
      {"wrong_magic", "CRM_PLUGIN_HEADER"},
      {"other_major", "was built for ABI 2 and this server has ABI 1: build it again"},
      {"newer_minor", "needs ABI 1.2 and this server has 1.1: upgrade the server"},
      {"small_op", "crm_op has 64 bytes, ABI 1 has at least 88"},
      {"no_name", "no valid name"},
      {"bad_name", "no valid name"},
      {"no_version", "no version"},
  };
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s.so", TEST_PLUGINS, faults[i].file);
    refused(self, path, BASE_VALIDATION_FAILED, faults[i].words);
  }
  assert_int_equal(copies_left(self), 0);
}

static void the_sentences_are_chinese_too(void **state) {
  desk *self = *state;
  api_package *package = NULL;
  self->error.language = BASE_ZH;
  assert_int_equal(
      loader_plugin_load(TEST_PLUGINS "/other_major.so", self->copies, &package, &self->error),
      BASE_VALIDATION_FAILED);
  assert_non_null(strstr(self->error.message, "重新编译"));
}

static void a_missing_file_is_not_found(void **state) {
  refused(*state, "/nowhere/lyk.so", BASE_NOT_FOUND, "No such file");
  refused(*state, TEST_PLUGINS, BASE_VALIDATION_FAILED, "is not a shared object");
}

/* --- the private directory --------------------------------------------------------------------- */

static void the_directory_is_private(void **state) {
  desk *self = *state;
  struct stat made;
  api_package *package = NULL;
  desk_load(self, TEST_PLUGINS "/quiet.so", &package);
  package->free(package);
  assert_int_equal(stat(self->copies, &made), 0);
  assert_int_equal(made.st_mode & 0777, 0700);

  assert_int_equal(chmod(self->copies, 0750), 0);
  assert_int_equal(
      loader_plugin_load(TEST_PLUGINS "/quiet.so", self->copies, &package, &self->error),
      BASE_VALIDATION_FAILED);
  assert_non_null(strstr(self->error.message, "chmod 700"));
  assert_int_equal(chmod(self->copies, 0700), 0);
}

static void only_a_copy_is_opened_and_it_goes_with_the_package(void **state) {
  desk *self = *state;
  api_package *first = NULL;
  api_package *second = NULL;
  desk_load(self, TEST_PLUGINS "/quiet.so", &first);
  desk_load(self, TEST_PLUGINS "/quiet.so", &second);
  assert_int_equal(copies_left(self), 2);
  assert_ptr_not_equal(first->name, second->name); /* two copies have two sets of static data */
  assert_string_equal(first->source, TEST_PLUGINS "/quiet.so");
  first->free(first);
  assert_int_equal(copies_left(self), 1);
  second->free(second);
  assert_int_equal(copies_left(self), 0);
}

/* The file under the same path is another plugin; dlopen of the path would answer the old one. */
static void a_replaced_file_is_a_new_plugin(void **state) {
  desk *self = *state;
  char path[128];
  char command[1200];
  api_package *package = NULL;
  (void)snprintf(path, sizeof path, "%s/current.so", self->directory);
  for (int round = 0; round < 4; round++) {
    const char *name = round % 2 == 0 ? "quiet" : "grown";
    (void)snprintf(command, sizeof command, "cp -f %s/%s.so %s", TEST_PLUGINS, name, path);
    assert_int_equal(system(command), 0);
    desk_load(self, path, &package);
    assert_string_equal(package->name, name);
    package->free(package);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, desk_begin, desk_end)
  const struct CMUnitTest tests[] = {
      TEST(each_fault_has_its_sentence),
      TEST(the_sentences_are_chinese_too),
      TEST(a_missing_file_is_not_found),
      TEST(the_directory_is_private),
      TEST(only_a_copy_is_opened_and_it_goes_with_the_package),
      TEST(a_replaced_file_is_a_new_plugin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
