/* validate: maps and lists of fields; single values are in check.c. See validate.h.
 *
 * Memory:  one buffer for the values of the open maps, freed before return.
 * Threads: any.  Fails: see validate.h; nothing is appended then. */
#include "data/validate.h"

#include <inttypes.h>
#include <stdio.h>

#include "data/append.h"
#include "data/check.h"
#include "data/file.h"
#include "data/text.h"

#define NAME_MAX_BYTES 64 /* of an unknown name that a message repeats */

static base_code check_value(data_check *check, const data_field *field, data_kind kind,
                             data_value value);

static const char *field_at(const void *fields, size_t i) {
  return ((const data_field *)fields)[i].name;
}

/* The names of a table for a message: "name, phone, owner". */
static void list_names(const data_field *fields, char *out, size_t room) {
  size_t size = 0;
  out[0] = '\0';
  for (size_t i = 0; i < data_field_count(fields) && size < room; i++) {
    (void)snprintf(out + size, room - size, "%s%s", i == 0 ? "" : ", ", fields[i].name);
    size += strlen(out + size);
    if (size + 1 == room) break;
  }
}

static base_code refuse_unknown(data_check *check, const data_field *fields, base_slice name) {
  char path[NAME_MAX_BYTES + 1];
  (void)snprintf(path, sizeof path, "%.*s", BASE_SLICE_ARGS(data_text_cut(name, NAME_MAX_BYTES)));
  const char *near = data_check_nearest(name, field_at, fields, data_field_count(fields));
  if (near != NULL) {
    return base_error_set(check->error, check->code, path, "没有字段“%s”，是否要写“%s”？",
                          "there is no field \"%s\"; did you mean \"%s\"?", path, near);
  }
  char names[256];
  list_names(fields, names, sizeof names);
  return base_error_set(check->error, check->code, path, "没有字段“%s”，可用的字段：%s",
                        "there is no field \"%s\"; there are: %s", path,
                        names[0] != '\0' ? names : data_check_word(check, "无", "none"));
}

/* Clients mostly send fields in the table's order: the search goes on where the last one ended. */
static const data_field *find_from(const data_field *fields, size_t count, size_t *hint,
                                   data_value name) {
  for (size_t tried = 0; tried < count; tried++) {
    const data_field *field = &fields[(*hint + tried) % count];
    if (name.type == DATA_TEXT && base_slice_is(name.as.bytes, field->name)) {
      *hint = (size_t)(field - fields) + 1;
      return field;
    }
  }
  return NULL;
}

/* Offsets, not pointers: checking a map inside this one may move the buffer. */
static data_value *given_at(data_check *check, size_t frame, size_t i) {
  return (data_value *)(void *)(check->given.data + frame) + i;
}

/* Puts the values of `map` at the places of their fields. */
static base_code collect(data_check *check, const data_field *fields, size_t count,
                         base_slice map) {
  size_t frame = check->given.size;
  size_t hint = 0;
  memset(base_buffer_reserve(&check->given, count * sizeof(data_value)), 0,
         count * sizeof(data_value));
  check->given.size += count * sizeof(data_value);
  data_walk walk = data_walk_begin(map);
  while (data_walk_next(&walk)) {
    const data_field *field = find_from(fields, count, &hint, walk.key);
    if (field == NULL) return refuse_unknown(check, fields, walk.key.as.bytes);
    *given_at(check, frame, (size_t)(field - fields)) = walk.value;
  }
  return BASE_OK;
}

static base_code refuse_readonly(data_check *check) {
  return base_error_set(check->error, check->code, data_check_name(check),
                        "%s：由服务器设定，请不要填写", "%s is set by the server; leave it out",
                        data_check_title(check));
}

static base_code refuse_missing(data_check *check, bool cleared) {
  return base_error_set(check->error, check->code, data_check_name(check), "%s：必填，%s",
                        "%s is required%s", data_check_title(check),
                        cleared ? data_check_word(check, "不能清空", " and cannot be cleared")
                                : data_check_word(check, "但没有给出", ", but missing"));
}

/* A field that was not given: its default, or nothing. Tells whether a pair was appended. */
static base_code check_absent(data_check *check, const data_field *field, bool *appended) {
  size_t place = check->out->size;
  if ((check->flags & DATA_VALIDATE_DEFAULTS) != 0) {
    data_append_text(check->out, field->name);
    *appended = data_field_initial(field, check->out);
    if (*appended) return BASE_OK;
    check->out->size = place;
  }
  bool required = (field->flags & DATA_REQUIRED) != 0;
  bool theirs = (field->flags & DATA_READONLY) == 0 || (check->flags & DATA_VALIDATE_TRUSTED) != 0;
  bool patch = (check->flags & DATA_VALIDATE_PATCH) != 0;
  return required && theirs && !patch ? refuse_missing(check, false) : BASE_OK;
}

static base_code check_pair(data_check *check, const data_field *field, data_value value,
                            bool *appended) {
  bool patch = (check->flags & DATA_VALIDATE_PATCH) != 0;
  bool given = value.raw.size > 0 && (patch || value.type != DATA_NIL);
  check->field = field;
  check->index = DATA_CHECK_WHOLE;
  *appended = given;
  if (!given) return check_absent(check, field, appended);
  if ((field->flags & DATA_READONLY) != 0 && (check->flags & DATA_VALIDATE_TRUSTED) == 0) {
    return refuse_readonly(check);
  }
  if (value.type == DATA_NIL && (field->flags & DATA_REQUIRED) != 0) {
    return refuse_missing(check, true);
  }
  data_append_text(check->out, field->name);
  if (value.type != DATA_NIL) return check_value(check, field, field->kind, value);
  data_append_nil(check->out);
  return BASE_OK;
}

static base_code check_map(data_check *check, const data_field *fields, base_slice map) {
  size_t count = data_field_count(fields);
  size_t frame = check->given.size;
  size_t pairs = 0;
  BASE_TRY(collect(check, fields, count, map));
  size_t place = data_append_open_map(check->out);
  for (size_t i = 0; i < count; i++) {
    bool appended = false;
    BASE_TRY(check_pair(check, &fields[i], *given_at(check, frame, i), &appended));
    pairs += appended;
  }
  data_append_close(check->out, place, pairs);
  check->given.size = frame;
  return BASE_OK;
}

static base_code check_file(data_check *check, base_slice map) {
  size_t place = check->out->size;
  BASE_TRY(check_map(check, data_file_fields, map));
  const char *wrong = data_file_wrong(base_slice_after(base_buffer_slice(check->out), place));
  if (wrong == NULL) return BASE_OK;
  return base_error_set(check->error, check->code, wrong,
                        "%s：格式不对；sha256 是 64 个小写十六进制字符，name 是不带路径的文件名，"
                        "media 形如 image/jpeg",
                        "%s has not its form: sha256 is 64 small hex digits, name a file's name "
                        "without a path, media like image/jpeg",
                        wrong);
}

/* A map inside a value is whole even where the outer one is a patch. */
static base_code check_inner(data_check *check, const data_field *field, data_kind kind,
                             data_value value) {
  char step[96];
  BASE_TRY(data_check_type(check, kind, value));
  if (kind == DATA_KIND_MAP && field->fields == NULL) {
    data_append_raw(check->out, value.raw);
    return BASE_OK;
  }
  (void)snprintf(step, sizeof step, "%s", data_check_name(check));
  unsigned flags = check->flags;
  check->flags &= ~(unsigned)DATA_VALIDATE_PATCH;
  base_code code = kind == DATA_KIND_FILE ? check_file(check, value.raw)
                                          : check_map(check, field->fields, value.raw);
  check->flags = flags;
  if (code != BASE_OK) base_error_within(check->error, step);
  return code;
}

static base_code check_list(data_check *check, const data_field *field, data_value value) {
  BASE_TRY(data_check_type(check, DATA_KIND_LIST, value));
  BASE_TRY(data_check_bounds(check, value.as.count, " 项", " entries"));
  data_append_array(check->out, value.as.count);
  data_walk walk = data_walk_begin(value.raw);
  while (data_walk_next(&walk)) {
    check->field = field;
    check->index = walk.index;
    BASE_TRY(check_value(check, field, field->of, walk.value));
  }
  return BASE_OK;
}

static bool tag_came_before(base_slice tags, uint32_t index, base_slice tag) {
  data_walk walk = data_walk_begin(tags);
  while (data_walk_next(&walk) && walk.index < index) {
    if (base_slice_equal(data_text_trim(walk.value.as.bytes), tag)) return true;
  }
  return false;
}

static base_code check_tag(data_check *check, base_slice tags, data_value value) {
  BASE_TRY(data_check_type(check, DATA_KIND_TEXT, value));
  base_slice tag = data_text_trim(value.as.bytes);
  bool again = tag_came_before(tags, (uint32_t)check->index, tag);
  if (tag.size > 0 && !again) return data_check_scalar(check, DATA_KIND_TEXT, value);
  return base_error_set(check->error, check->code, data_check_name(check), "%s：%s", "%s: %s",
                        data_check_title(check),
                        again ? data_check_word(check, "标签重复", "this tag is there twice")
                              : data_check_word(check, "标签不能为空", "a tag may not be empty"));
}

static base_code check_tags(data_check *check, data_value value) {
  BASE_TRY(data_check_type(check, DATA_KIND_TAGS, value));
  BASE_TRY(data_check_bounds(check, value.as.count, " 项", " entries"));
  if (value.as.count > DATA_TAGS_MAX) {
    return base_error_set(check->error, check->code, data_check_name(check),
                          "%s：最多 %d 个标签，收到 %" PRIu32 " 个",
                          "%s holds at most %d tags, got %" PRIu32, data_check_title(check),
                          DATA_TAGS_MAX, value.as.count);
  }
  data_append_array(check->out, value.as.count);
  data_walk walk = data_walk_begin(value.raw);
  while (data_walk_next(&walk)) {
    check->index = walk.index;
    BASE_TRY(check_tag(check, value.raw, walk.value));
  }
  return BASE_OK;
}

static base_code check_value(data_check *check, const data_field *field, data_kind kind,
                             data_value value) {
  switch (kind) {
    case DATA_KIND_ANY:
      data_append_raw(check->out, value.raw);
      return BASE_OK;
    case DATA_KIND_MAP:
    case DATA_KIND_FILE:
      return check_inner(check, field, kind, value);
    case DATA_KIND_LIST:
      return check_list(check, field, value);
    case DATA_KIND_TAGS:
      return check_tags(check, value);
    default:
      return data_check_scalar(check, kind, value);
  }
}

static base_code refuse_no_map(base_code code, base_error *error) {
  return base_error_set(error, code, NULL, "应为字段名到值的映射",
                        "a map of names to values is needed");
}

base_code data_validate(const data_field *fields, base_slice map, unsigned flags, base_code code,
                        base_buffer *out, base_error *error) {
  if (map.size > 0 && data_peek(map).type != DATA_MAP) return refuse_no_map(code, error);
  data_check check = {.flags = flags, .code = code, .error = error, .out = out};
  size_t place = out->size;
  base_code result = check_map(&check, fields, map);
  if (result != BASE_OK) out->size = place;
  base_buffer_fini(&check.given);
  return result;
}
