/* tree: paths. See tree.h.
 *
 * Memory:  the caller's buffer.  Threads: any.  Fails: see tree.h. */
#include "data/tree.h"

#include "data/append.h"
#include "data/text.h"

#define WIDE_SLASH "\xef\xbc\x8f" /* ／ */

/* Takes the first name and the slash behind it. */
static base_slice take_name(base_slice *rest) {
  size_t size = 0;
  size_t slash = 0;
  for (; size < rest->size && slash == 0; size += slash == 0) {
    base_slice from = base_slice_after(*rest, size);
    if (from.data[0] == '/') slash = 1;
    if (base_slice_starts(from, base_slice_text(WIDE_SLASH))) slash = strlen(WIDE_SLASH);
  }
  base_slice name = base_slice_make(rest->data, size);
  *rest = base_slice_after(*rest, size + slash);
  return name;
}

static bool ends_with_slash(base_slice text) {
  base_slice wide = base_slice_text(WIDE_SLASH);
  if (text.size > 0 && text.data[text.size - 1] == '/') return true;
  return text.size >= wide.size &&
         base_slice_equal(base_slice_after(text, text.size - wide.size), wide);
}

bool data_tree_read(base_slice typed, base_buffer *out) {
  size_t begin = out->size;
  base_slice rest = data_text_trim(typed);
  bool whole = rest.size > 0 && !ends_with_slash(rest);
  for (int depth = 0; whole && rest.size > 0; depth++) {
    base_slice name = data_text_trim(take_name(&rest));
    whole = name.size > 0 && depth < DATA_TREE_DEPTH &&
            out->size - begin + name.size < DATA_TREE_MAX + (depth == 0);
    if (!whole) break;
    if (depth > 0) base_buffer_byte(out, '/');
    base_buffer_append(out, name.data, name.size);
  }
  if (!whole) out->size = begin;
  return whole;
}

/* Whether `at` is where a name of the path begins or, for an end, the slash behind one. */
static bool begins_name(base_slice path, size_t at) {
  return at == 0 || path.data[at - 1] == '/';
}

static bool ends_name(base_slice path, size_t at) {
  return at == path.size || path.data[at] == '/';
}

bool data_tree_under(base_slice path, base_slice above) {
  if (above.size == 0) return false;
  for (size_t i = 0; i + above.size <= path.size; i++) {
    if (begins_name(path, i) && ends_name(path, i + above.size) &&
        memcmp(path.data + i, above.data, above.size) == 0) {
      return true;
    }
  }
  return false;
}

/* Whether the same names stand further to the front of the path. */
static bool came_before(base_slice path, size_t begin, size_t size) {
  base_slice before = base_slice_make(path.data, begin + size - 1);
  return data_tree_under(before, base_slice_make(path.data + begin, size));
}

void data_tree_append_above(base_slice path, base_buffer *out) {
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (size_t begin = 0; begin < path.size; begin++) {
    for (size_t end = begin + 1; begins_name(path, begin) && end <= path.size; end++) {
      if (!ends_name(path, end) || came_before(path, begin, end - begin)) continue;
      data_append_slice(out, base_slice_make(path.data + begin, end - begin));
      count++;
    }
  }
  data_append_close(out, place, count);
}
