/* mirror_ops: random writes, done to the mirror and to the server; both must agree on how each goes.
 *
 * Memory:  the test's.  Threads: one.  Fails: the test, when they disagree. */
#pragma once

#include "mirror_server.h"

typedef struct trial {
  server *server;
  mirror *mirror;
  chance by;
  alias_set set; /* of the op under way */
} trial;

static inline base_slice call_ok(trial *t, const char *op) {
  server_expect(t->server, op, BASE_OK);
  return server_result(t->server);
}

/* type and id, and room for more pairs. */
static inline base_buffer *named(trial *t, kind of, int64_t id, size_t more) {
  base_buffer *out = server_params(t->server, 2 + more);
  data_append_pair_text(out, "type", kind_names[of]);
  data_append_pair_integer(out, "id", id);
  return out;
}

/* A version more, in one journal entry. */
static inline void touch(thing *one, bool version) {
  one->changes += 1;
  if (version) one->version += 1;
}

/* --- values ------------------------------------------------------------------------------------------- */

static inline void append_text_or_nil(base_buffer *out, const char *key, const char *text) {
  data_append_text(out, key);
  if (text == NULL)
    data_append_nil(out);
  else
    data_append_text(out, text);
}

static inline void append_number_or_nil(base_buffer *out, const char *key, int64_t value,
                                        bool nil) {
  data_append_text(out, key);
  if (nil)
    data_append_nil(out);
  else
    data_append_integer(out, value);
}

static inline void append_tags(base_buffer *out, unsigned tags) {
  size_t count = 0;
  data_append_text(out, "tags");
  size_t place = data_append_open_array(out);
  for (size_t i = 0; i < COUNT(tag_names); i++) {
    if (!(tags & (1u << i))) continue;
    data_append_text(out, tag_names[i]);
    count += 1;
  }
  data_append_close(out, place, count);
}

/* In one of the spellings that people use. */
static inline void append_phone(base_buffer *out, int phone, chance *by) {
  static const char *const spellings[] = {"%s", "+86 %s", "0086-%s", "（%s）", "  %s "};
  char digits[16];
  char text[48];
  if (phone == NONE) {
    append_text_or_nil(out, "phone", NULL);
    return;
  }
  phone_text(phone, digits, sizeof digits);
  (void)snprintf(text, sizeof text, spellings[below(by, COUNT(spellings))], digits);
  append_text_or_nil(out, "phone", text);
}

/* All values of the thing; a reference or a field without a value is nil. */
static inline void append_values(trial *t, const thing *one, base_buffer *out) {
  bool customer = one->kind == CUSTOMER;
  size_t customs = t->mirror->custom_count[one->kind];
  data_append_text(out, "values");
  data_append_map(out, (customer ? 6 : 2) + customs);
  data_append_pair_text(out, "name", names[one->name]);
  append_number_or_nil(out, reference_name(one->kind), one->reference, one->reference == 0);
  if (customer) {
    append_phone(out, one->phone, &t->by);
    append_text_or_nil(out, "owner", one->owner == NONE ? NULL : owners[one->owner]);
    append_text_or_nil(out, "region", one->region == NONE ? NULL : regions[one->region]);
    if (one->tags == 0)
      append_text_or_nil(out, "tags", NULL);
    else
      append_tags(out, one->tags);
  }
  for (size_t i = 0; i < customs; i++) {
    append_number_or_nil(out, t->mirror->customs[one->kind][i].name, one->customs[i],
                         one->customs[i] == NONE);
  }
}

static inline int64_t random_reference(trial *t, kind of) {
  bool none = of == CUSTOMER && often(&t->by, 60);
  return none ? 0 : random_number(t->mirror, CUSTOMER, &t->by);
}

/* Changes some values; nothing may come of it. */
static inline void vary(trial *t, thing *one, int percent) {
  chance *by = &t->by;
  if (often(by, percent)) one->name = below(by, COUNT(names));
  if (often(by, percent)) one->reference = random_reference(t, one->kind);
  for (size_t i = 0; i < t->mirror->custom_count[one->kind]; i++) {
    const custom *field = &t->mirror->customs[one->kind][i];
    if (!often(by, percent)) continue;
    one->customs[i] =
        field->initial == NONE && often(by, 40) ? NONE : below(by, field->unique ? 400 : 40);
  }
  if (one->kind != CUSTOMER) return;
  if (often(by, percent)) one->phone = often(by, 40) ? NONE : below(by, 600);
  if (often(by, percent)) one->owner = often(by, 20) ? NONE : below(by, COUNT(owners));
  if (often(by, percent)) one->region = often(by, 20) ? NONE : below(by, COUNT(regions));
  if (often(by, percent)) one->tags = (unsigned)below(by, 16);
}

static inline thing blank_thing(kind of) {
  thing one = {.kind = of, .phone = NONE, .owner = NONE, .region = NONE, .day = NONE};
  for (size_t i = 0; i < CUSTOM_MAX; i++) one.customs[i] = NONE;
  return one;
}

/* Phones are kept as typed: two spellings of one number differ. */
static inline bool same_values(const mirror *m, const thing *a, const thing *b) {
  bool same = a->name == b->name && a->reference == b->reference && a->owner == b->owner &&
              a->region == b->region && a->tags == b->tags;
  for (size_t i = 0; same && i < m->custom_count[a->kind]; i++)
    same = a->customs[i] == b->customs[i];
  return same;
}

static inline base_code verdict(trial *t, const thing *one, bool ask_reference) {
  if (ask_reference && !refers_well(t->mirror, one)) return BASE_REFERENCE_MISSING;
  return twin_of(t->mirror, one) != 0 ? BASE_DUPLICATE : BASE_OK;
}

/* DUPLICATE names the survivor whose value it is. */
static inline void check_twin(trial *t, const thing *one, base_code code) {
  if (code != BASE_DUPLICATE) return;
  int64_t told = data_map_integer(server_result(t->server), "id", 0);
  int64_t twin = twin_of(t->mirror, one);
  if (told != twin)
    COMPLAIN(t->server, "DUPLICATE names %lld, not %lld", (long long)told, (long long)twin);
}

/* --- create and update ---------------------------------------------------------------------------------- */

static inline void try_create(trial *t, kind of) {
  thing one = blank_thing(of);
  for (size_t i = 0; i < t->mirror->custom_count[of]; i++) {
    one.customs[i] = t->mirror->customs[of][i].initial;
  }
  vary(t, &one, 100);
  if (of == CONTACT && one.reference == 0) one.reference = 1;
  base_code expected = verdict(t, &one, true);
  base_buffer *out = server_params(t->server, 2);
  data_append_pair_text(out, "type", kind_names[of]);
  append_values(t, &one, out);
  server_expect(t->server, "record.create", expected);
  check_twin(t, &one, expected);
  if (expected != BASE_OK) return;
  const thing *made = add_thing(t->mirror, &one);
  assert_int_equal(data_map_integer(server_result(t->server), "id", 0), made->id);
}

static inline void try_update(trial *t, kind of) {
  int64_t id = random_number(t->mirror, of, &t->by);
  thing *is = meant(t->mirror, of, id);
  thing one = is == NULL ? blank_thing(of) : *is;
  int64_t version = often(&t->by, 20) ? one.version - (often(&t->by, 30) ? 1 : 0) : 0;
  bool stale = is != NULL && version != 0 && version != is->version;
  vary(t, &one, 30);
  if (of == CONTACT && one.reference == 0) one.reference = 1;
  if (is != NULL) one.phone = is->phone; /* spellings are no part of the mirror */
  base_code expected = is == NULL ? BASE_NOT_FOUND : stale ? BASE_VERSION_CONFLICT : BASE_OK;
  bool moved = is != NULL && one.reference != is->reference;
  if (expected == BASE_OK) expected = verdict(t, &one, moved);
  base_buffer *out = named(t, of, id, version > 0 ? 2 : 1);
  if (version > 0) data_append_pair_integer(out, "version", version);
  base_buffer values = {0};
  base_buffer patch = {0};
  append_values(t, &one, &values);
  /* The phone is left out: only create and a change of number set it. */
  base_slice rest = base_buffer_slice(&values);
  (void)data_read(&rest);
  size_t place = data_append_open_map(&patch);
  size_t pairs = 0;
  data_walk walk = data_walk_begin(rest);
  while (data_walk_next(&walk)) {
    if (base_slice_is(walk.key.as.bytes, "phone")) continue;
    data_append_raw(&patch, walk.key.raw);
    data_append_raw(&patch, walk.value.raw);
    pairs += 1;
  }
  data_append_close(&patch, place, pairs);
  data_append_pair_raw(out, "values", base_buffer_slice(&patch));
  base_buffer_fini(&values);
  base_buffer_fini(&patch);
  server_expect(t->server, "record.update", expected);
  check_twin(t, &one, expected);
  if (expected != BASE_OK || same_values(t->mirror, is, &one)) return;
  touch(&one, true);
  *is = one;
}

static inline void try_change_phone(trial *t) {
  int64_t id = random_number(t->mirror, CUSTOMER, &t->by);
  thing *is = meant(t->mirror, CUSTOMER, id);
  thing one = is == NULL ? blank_thing(CUSTOMER) : *is;
  char digits[16];
  one.phone = below(&t->by, 600);
  phone_text(one.phone, digits, sizeof digits);
  base_code expected = is == NULL ? BASE_NOT_FOUND : verdict(t, &one, false);
  bool same = is != NULL && is->phone == one.phone;
  if (same) return; /* it may be spelt otherwise */
  base_buffer *out = named(t, CUSTOMER, id, 1);
  data_append_text(out, "values");
  data_append_map(out, 1);
  data_append_pair_text(out, "phone", digits);
  server_expect(t->server, "record.update", expected);
  check_twin(t, &one, expected);
  if (expected != BASE_OK) return;
  touch(&one, true);
  *is = one;
}

/* --- orders --------------------------------------------------------------------------------------------- */

/* An order's customer has other sums now; its version stays. */
static inline void touch_customer(trial *t, const thing *order) {
  thing *customer = meant(t->mirror, CUSTOMER, order->reference);
  if (customer != NULL && !order->cancelled) touch(customer, false);
}

static inline void try_order(trial *t) {
  thing one = blank_thing(ORDER);
  char day[16];
  one.reference = random_number(t->mirror, CUSTOMER, &t->by);
  one.owner = below(&t->by, COUNT(owners));
  one.day = below(&t->by, 300);
  one.quantity = 1 + below(&t->by, 9);
  base_buffer *out = server_params(t->server, 4);
  data_append_pair_integer(out, "customer", one.reference);
  data_append_pair_text(out, "owner", owners[one.owner]);
  data_append_pair_text(out, "ordered_on", date_text(one.day, day));
  data_append_text(out, "lines");
  data_append_array(out, 1);
  data_append_map(out, 2);
  data_append_pair_integer(out, "product", 1);
  data_append_pair_integer(out, "quantity", one.quantity);
  bool there = meant(t->mirror, CUSTOMER, one.reference) != NULL;
  server_expect(t->server, "order.create", there ? BASE_OK : BASE_REFERENCE_MISSING);
  if (!there) return;
  const thing *made = add_thing(t->mirror, &one);
  assert_int_equal(data_map_integer(server_result(t->server), "id", 0), made->id);
  touch_customer(t, made);
}

static inline void try_cancel(trial *t) {
  int64_t id = random_number(t->mirror, ORDER, &t->by);
  thing *is = meant(t->mirror, ORDER, id);
  base_code expected = is == NULL      ? BASE_NOT_FOUND
                       : is->cancelled ? BASE_TRANSITION_DENIED
                                       : BASE_OK;
  data_append_pair_integer(server_params(t->server, 1), "id", id);
  server_expect(t->server, "order.cancel", expected);
  if (expected != BASE_OK) return;
  touch_customer(t, is);
  is->cancelled = true;
  touch(is, true);
}

/* --- the bin --------------------------------------------------------------------------------------------- */

static inline void try_delete(trial *t, kind of) {
  int64_t id = random_number(t->mirror, of, &t->by);
  thing *is = meant(t->mirror, of, id);
  t->set = set_of(t->mirror, of, id);
  bool used = is != NULL && of == CUSTOMER && in_use(t->mirror, &t->set);
  base_code expected = is == NULL ? BASE_NOT_FOUND : used ? BASE_REFERENCE_IN_USE : BASE_OK;
  (void)named(t, of, id, 0);
  server_expect(t->server, "record.delete", expected);
  if (expected != BASE_OK) return;
  for (size_t i = 0; i < t->set.count; i++) {
    thing *one = stored_thing(t->mirror, of, t->set.ids[i]);
    one->deleted = true;
    touch(one, i == 0);
  }
  if (of == ORDER) touch_customer(t, is);
}

static inline void try_restore(trial *t, kind of) {
  int64_t id = random_number(t->mirror, of, &t->by);
  thing *is = stored_thing(t->mirror, of, id);
  bool lies = is != NULL && is->deleted && is->into == 0;
  base_code expected = BASE_OK;
  t->set = set_of(t->mirror, of, id);
  const thing *clash = is;
  if (!lies) {
    expected = BASE_NOT_FOUND;
  } else if (!refers_well(t->mirror, is)) {
    expected = BASE_REFERENCE_MISSING;
  }
  for (size_t i = 0; expected == BASE_OK && i < t->set.count; i++) {
    clash = stored_thing(t->mirror, of, t->set.ids[i]);
    if (twin_of(t->mirror, clash) != 0) expected = BASE_DUPLICATE;
  }
  (void)named(t, of, id, 0);
  server_expect(t->server, "record.restore", expected);
  check_twin(t, clash, expected);
  if (expected != BASE_OK) return;
  for (size_t i = 0; i < t->set.count; i++) {
    thing *one = stored_thing(t->mirror, of, t->set.ids[i]);
    one->deleted = false;
    touch(one, i == 0);
  }
  if (of == ORDER) touch_customer(t, is);
}

static inline void try_purge(trial *t, kind of) {
  int64_t id = random_number(t->mirror, of, &t->by);
  thing *is = stored_thing(t->mirror, of, id);
  bool lies = is != NULL && is->deleted && is->into == 0;
  t->set = set_of(t->mirror, of, id);
  (void)named(t, of, id, 0);
  server_expect(t->server, "record.purge", lies ? BASE_OK : BASE_NOT_FOUND);
  for (size_t i = 0; lies && i < t->set.count; i++) {
    purge_links(t->mirror, of, t->set.ids[i]);
    remove_thing(t->mirror, stored_thing(t->mirror, of, t->set.ids[i]));
  }
}

/* --- merges ----------------------------------------------------------------------------------------------- */

static inline void try_merge(trial *t, kind of) {
  int64_t id = random_number(t->mirror, of, &t->by);
  int64_t into = random_number(t->mirror, of, &t->by);
  thing *goes = stored_thing(t->mirror, of, id);
  thing *stays = meant(t->mirror, of, into);
  base_code expected = BASE_OK;
  if (goes == NULL || goes->deleted || stays == NULL) {
    expected = BASE_NOT_FOUND;
  } else if (goes->into != 0 || stays == goes) {
    expected = BASE_INVALID_ARGUMENT;
  }
  data_append_pair_integer(named(t, of, id, 1), "into", into);
  server_expect(t->server, "record.merge", expected);
  if (expected != BASE_OK) return;
  goes->into = stays->id;
  add_merged(stays, id);
  touch(goes, false);
  touch(stays, false);
}

static inline void try_unmerge(trial *t, kind of) {
  int64_t id = random_number(t->mirror, of, &t->by);
  thing *goes = stored_thing(t->mirror, of, id);
  base_code expected = BASE_OK;
  if (goes == NULL || goes->deleted) {
    expected = BASE_NOT_FOUND;
  } else if (goes->into == 0) {
    expected = BASE_INVALID_ARGUMENT;
  } else if (!refers_well(t->mirror, goes)) {
    expected = BASE_REFERENCE_MISSING;
  }
  (void)named(t, of, id, 0);
  server_expect(t->server, "record.unmerge", expected);
  if (expected != BASE_OK) return;
  thing *stays = stored_thing(t->mirror, of, goes->into);
  thing *root = stored_thing(t->mirror, of, root_of(t->mirror, of, id));
  remove_merged(stays, id);
  goes->into = 0;
  touch(goes, false);
  touch(stays, false);
  t->set = set_of(t->mirror, of, id);
  bool moved = of == CUSTOMER && sums_of(t->mirror, &t->set).count > 0;
  if (moved && root != stays) touch(root, false);
}

/* --- links ------------------------------------------------------------------------------------------------- */

static inline link_row random_link(trial *t) {
  link_row row = {.type = often(&t->by, 70) ? CUSTOMER : CONTACT,
                  .to_type = often(&t->by, 70) ? CUSTOMER : CONTACT,
                  .name = below(&t->by, COUNT(link_names))};
  row.id = random_number(t->mirror, row.type, &t->by);
  row.to = random_number(t->mirror, row.to_type, &t->by);
  if (t->mirror->link_count > 0 && often(&t->by, 40)) {
    row = t->mirror->links[below(&t->by, (int)t->mirror->link_count)];
  }
  return row;
}

static inline void append_link(trial *t, const link_row *row) {
  base_buffer *out = named(t, row->type, row->id, 3);
  data_append_pair_text(out, "name", link_names[row->name]);
  data_append_pair_text(out, "to_type", kind_names[row->to_type]);
  data_append_pair_integer(out, "to_id", row->to);
}

static inline void try_link(trial *t) {
  link_row row = random_link(t);
  const thing *one = meant(t->mirror, row.type, row.id);
  const thing *other = meant(t->mirror, row.to_type, row.to);
  base_code expected = one == NULL || other == NULL ? BASE_NOT_FOUND
                       : one == other               ? BASE_INVALID_ARGUMENT
                                                    : BASE_OK;
  append_link(t, &row);
  server_expect(t->server, "record.link", expected);
  if (expected != BASE_OK || count_links(t->mirror, &row) > 0) return;
  assert_true(t->mirror->link_count < LINKS_MAX);
  row.id = one->id;
  row.to = other->id;
  t->mirror->links[t->mirror->link_count++] = row;
}

static inline void try_unlink(trial *t) {
  link_row row = random_link(t);
  bool there = meant(t->mirror, row.type, row.id) != NULL &&
               meant(t->mirror, row.to_type, row.to) != NULL && count_links(t->mirror, &row) > 0;
  append_link(t, &row);
  server_expect(t->server, "record.unlink", there ? BASE_OK : BASE_NOT_FOUND);
  if (there) remove_links(t->mirror, &row);
}

/* --- fields of the business's own --------------------------------------------------------------------------- */

static inline void try_define(trial *t, kind of) {
  mirror *m = t->mirror;
  size_t at = m->custom_count[of];
  if (at == CUSTOM_MAX) return;
  custom *field = &m->customs[of][at];
  *field = (custom){.unique = often(&t->by, 25), .initial = NONE};
  field->indexed = !field->unique && often(&t->by, 70);
  if (!field->unique && often(&t->by, 30)) field->initial = below(&t->by, 40);
  (void)snprintf(field->name, sizeof field->name, "字段%zu", at);
  base_buffer *out = server_params(t->server, 2);
  data_append_pair_text(out, "type", kind_names[of]);
  data_append_text(out, "field");
  data_append_map(out, field->initial == NONE ? 4 : 6);
  data_append_pair_text(out, "name", field->name);
  data_append_pair_text(out, "kind", "integer");
  data_append_pair_boolean(out, "unique", field->unique);
  data_append_pair_boolean(out, "index", field->indexed);
  if (field->initial != NONE) {
    data_append_pair_boolean(out, "required", true);
    data_append_pair_integer(out, "default", field->initial);
  }
  (void)call_ok(t, "schema.define");
  m->custom_count[of] += 1;
  for (size_t i = 0; i < m->tables[of].present_count; i++) {
    thing *one = stored_thing(m, of, m->tables[of].present[i]);
    one->customs[at] = field->initial;
    if (field->initial != NONE) touch(one, false);
  }
  /* Defaults reach older records batch by batch; indexes are used before they serve. */
  if (field->initial != NONE) server_settle(t->server);
}
