/* search: random queries find the record they were taken from, and what looking at every record finds,
 * while records change and go. */
#include "guests.h"
#include "model/word.h"

#define GUESTS 400
#define QUERIES 2000

static const char *const pieces[] = {
    "张", "王", "李", "曾",    "单", "解", "长", "行", "重",  "乐", "吕", "女", "略", "区", "安",
    "恩", "欧", "儿", "西",    "先", "建", "国", "强", "芳",  "明", "小", "华", "玉", "药", "房",
    "店", "a",  "b",  "zhang", "Li", "X",  "c1", "7",  "100", " ",  "-",  "（", "カ", "𠙶"};

/* The record a query was taken from: letters of its name. */
typedef struct asked {
  int64_t id;
  char words[512];
} asked;

static void random_name(uint64_t *seed, char *name) {
  size_t count = 1 + world_random(seed, 6);
  *name = '\0';
  for (size_t i = 0; i < count; i++) {
    strcat(name, pieces[world_random(seed, sizeof pieces / sizeof pieces[0])]);
  }
}

/* One letter as somebody may type it: itself, a reading, its first letter, or, where nothing follows, its
 * beginning. */
static void type_letter(uint64_t *seed, uint32_t point, bool last, char *words) {
  const char *readings[DATA_PINYIN_READINGS];
  size_t count = data_pinyin_readings(point, readings);
  uint8_t bytes[5] = {0};
  uint32_t how = world_random(seed, 4);
  (void)data_letter_write(point, bytes);
  if (count == 0 || how == 0) {
    strcat(words, (const char *)bytes);
    return;
  }
  const char *reading = readings[world_random(seed, (uint32_t)count)];
  size_t size = strlen(reading);
  if (how == 1) size = 1;
  if (how == 2 && last) size = 1 + world_random(seed, (uint32_t)size);
  char typed[8] = "";
  memcpy(typed, reading, size);
  for (char *c = typed; *c != '\0'; c++) {
    if (*c == 'v' && world_random(seed, 2)) *c = 'u';
  }
  strcat(words, typed);
}

static void ask_for(world *in, uint64_t *seed, int64_t id, const char *name, asked *made) {
  data_letters letters = data_letters_read(text(name), 100, in->arena);
  *made = (asked){.id = id};
  if (letters.count == 0) return;
  size_t from = world_random(seed, (uint32_t)letters.count);
  size_t count = 1 + world_random(seed, (uint32_t)(letters.count - from));
  for (size_t i = from; i < from + count; i++) {
    type_letter(seed, letters.items[i].point, i + 1 == from + count, made->words);
  }
}

typedef struct crowd {
  world *in;
  uint64_t seed;
  bool gone[GUESTS];
  char names[GUESTS][64];
  char phones[GUESTS][16];
} crowd;

/* Numbers that share their beginnings and ends. */
static void random_phone(uint64_t *seed, char *phone) {
  static const char *const begins[] = {"138", "139", "0531"};
  (void)snprintf(phone, 16, "%s%08u", begins[world_random(seed, 3)], world_random(seed, 3000) * 7);
}

static void change_guest(crowd *all, size_t i, bool create) {
  world *in = all->in;
  random_name(&all->seed, all->names[i]);
  random_phone(&all->seed, all->phones[i]);
  base_slice values = world_value(in, "{name: '%s', phone: '%s'}", all->names[i], all->phones[i]);
  if (create)
    world_create(in, "guest", values);
  else
    world_update(in, "guest", (int64_t)i + 1, values);
}

static crowd *crowd_new(world *in, uint64_t seed) {
  crowd *all = BASE_NEW(in->arena, crowd);
  all->in = in;
  all->seed = world_seed(seed);
  open_shop(in);
  for (size_t i = 0; i < GUESTS; i++) change_guest(all, i, true);
  world_settle(in);
  return all;
}

/* Runs the queries, each in an arena of its own; now and then a guest changes or goes. */
static void crowd_ask(crowd *all, size_t queries, void (*ask)(crowd *all)) {
  world *in = all->in;
  base_arena *scratch = base_arena_new();
  for (size_t i = 0; i < queries; i++) {
    size_t guest = world_random(&all->seed, GUESTS);
    base_slice record;
    if (i % 50 == 0) world_settle(in);
    if (i % 5 == 0 && !all->gone[guest]) change_guest(all, guest, false);
    if (i % 60 == 0 && !all->gone[guest]) {
      OK(in,
         model_record_delete(&in->ctx, world_type(in, "guest"), (int64_t)guest + 1, 0, &record));
      all->gone[guest] = true;
    }
    base_arena *outer = in->ctx.arena;
    in->ctx.arena = scratch;
    ask(all);
    in->ctx.arena = outer;
    base_arena_reset(scratch);
  }
  base_arena_free(scratch);
  check_clean(in);
}

static void ask_taken(crowd *all) {
  asked query;
  size_t from = world_random(&all->seed, GUESTS);
  if (all->gone[from]) return;
  ask_for(all->in, &all->seed, (int64_t)from + 1, all->names[from], &query);
  if (query.words[0] == '\0') return;
  model_search_page page = search(all->in, query.words);
  assert_true(page.complete);
  for (size_t i = 0; i < page.count; i++) {
    if (page.items[i].id == query.id) return;
  }
  if (page.count < MODEL_SEARCH_MAX) {
    fail_msg("\"%s\" misses \"%s\"", query.words, all->names[from]);
  }
}

static void random_queries_find_what_they_were_taken_from(void **state) {
  crowd_ask(crowd_new(*state, 20260307), QUERIES, ask_taken);
}

/* Whether the guest has all words, looked at by itself. */
static bool guest_matches(const crowd *all, size_t guest, const model_words *words) {
  base_arena *arena = all->in->ctx.arena;
  data_letters letters = data_letters_read(text(all->names[guest]), 100, arena);
  base_slice digits = model_text_digits(text(all->phones[guest]), arena);
  for (size_t i = 0; i < words->count; i++) {
    bool named = model_word_match_text(&words->items[i], &letters) != MODEL_WORD_NONE;
    bool dialled = model_word_match_phone(&words->items[i], digits) != MODEL_WORD_NONE;
    if (!named && !dialled) return false;
  }
  return true;
}

static void compare_all(crowd *all, const char *query) {
  world *in = all->in;
  model_words words;
  size_t expected = 0;
  base_arena *arena = in->ctx.arena;
  if (data_letters_read(text(query), 1, arena).count == 0) return;
  model_search_page page = search(in, query);
  OK(in, model_words_read(text(query), arena, &words, &in->error));
  for (size_t guest = 0; guest < GUESTS; guest++) {
    expected += !all->gone[guest] && guest_matches(all, guest, &words);
  }
  for (size_t i = 0; i < page.count; i++) {
    size_t guest = (size_t)page.items[i].id - 1;
    if (!guest_matches(all, guest, &words)) fail_msg("\"%s\" finds %zu", query, guest + 1);
  }
  size_t most = expected < MODEL_SEARCH_MAX ? expected : MODEL_SEARCH_MAX;
  if (page.count != most) {
    fail_msg("\"%s\" finds %zu of %zu", query, page.count, expected);
  }
}

static void ask_anything(crowd *all) {
  static const char *const letters[] = {"z",  "h",  "a",  "n",   "g",   "j",   "i",  "u",  "v",
                                        "l",  "x",  "zh", "ang", "ian", "xi",  "o",  "e",  "r",
                                        "0",  "1",  "7",  "13",  "38",  "053", "00", "张", "国",
                                        "行", "乐", "女", "长",  "カ",  " ",   "b",  "c1"};
  char query[128] = "";
  size_t count = 1 + world_random(&all->seed, 6);
  for (size_t i = 0; i < count; i++) {
    strcat(query, letters[world_random(&all->seed, sizeof letters / sizeof letters[0])]);
  }
  compare_all(all, query);
}

static void any_query_finds_what_looking_at_all_does(void **state) {
  crowd_ask(crowd_new(*state, 20260308), QUERIES, ask_anything);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(random_queries_find_what_they_were_taken_from),
      TEST(any_query_finds_what_looking_at_all_does),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
