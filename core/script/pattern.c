/* pattern: compiling and matching. See pattern.h. */
#include "script/pattern.h"

#define BYTES_PER_STEP 8 /* that are compared or counted */

typedef enum item_kind {
  ITEM_ONE,      /* a byte of the set */
  ITEM_OPTIONAL, /* ? */
  ITEM_MANY,     /* * and +: as many as there are */
  ITEM_FEW,      /* -: as few as will do */
  ITEM_OPEN,     /* ( */
  ITEM_CLOSE,    /* ) */
  ITEM_AGAIN,    /* %1: what a capture has */
  ITEM_BALANCE,  /* %b() */
  ITEM_FRONTIER, /* %f[set] */
  ITEM_END       /* $ */
} item_kind;

size_t script_pattern_size(size_t bytes) {
  return sizeof(script_pattern) + bytes * sizeof(script_pattern_item);
}

/* --- sets ------------------------------------------------------------------------------------------ */

static void set_add(uint32_t *set, uint8_t byte) {
  set[byte / 32] |= UINT32_C(1) << (byte % 32);
}

static bool set_has(const uint32_t *set, uint8_t byte) {
  return (set[byte / 32] >> (byte % 32) & 1) != 0;
}

static bool is_letter(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(int c) {
  return c >= '0' && c <= '9';
}

static bool is_hex(int c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool in_class(int class, int c) {
  switch (class) {
    case 'a':
      return is_letter(c);
    case 'c':
      return c < 0x20 || c == 0x7f;
    case 'd':
      return is_digit(c);
    case 'g':
      return c > 0x20 && c < 0x7f;
    case 'l':
      return c >= 'a' && c <= 'z';
    case 'p':
      return c > 0x20 && c < 0x7f && !is_letter(c) && !is_digit(c);
    case 's':
      return c == ' ' || (c >= '\t' && c <= '\r');
    case 'u':
      return c >= 'A' && c <= 'Z';
    case 'w':
      return is_letter(c) || is_digit(c);
    case 'z': /* older packages' way to write a zero byte */
      return c == 0;
    default:
      return is_hex(c);
  }
}

/* What %a, %A or %. stands for. */
static void set_add_class(uint32_t *set, uint8_t name) {
  int small = name >= 'A' && name <= 'Z' ? name + ('a' - 'A') : name;
  if (memchr("acdglpsuwxz", small, 11) == NULL) {
    set_add(set, name);
    return;
  }
  for (int c = 0; c < 256; c++) {
    if (in_class(small, c) == (small == name)) set_add(set, (uint8_t)c);
  }
}

static void set_add_range(uint32_t *set, uint8_t from, uint8_t to) {
  for (int c = from; c <= to; c++) set_add(set, (uint8_t)c);
}

/* --- compiling --------------------------------------------------------------------------------------- */

typedef struct compiler {
  script_pattern *made;
  const uint8_t *at;
  const uint8_t *end;
  uint8_t open[SCRIPT_PATTERN_CAPTURES]; /* captures that are not closed */
  size_t open_count;
  const char *fault;
} compiler;

static void refuse(compiler *c, const char *fault) {
  if (c->fault == NULL) c->fault = fault;
  c->at = c->end;
}

static script_pattern_item *add_item(compiler *c, item_kind kind) {
  script_pattern_item *item = &c->made->items[c->made->count++];
  *item = (script_pattern_item){.kind = (uint8_t)kind};
  return item;
}

/* Behind "[": up to its "]". One that comes first is a member, and so is one behind a range to %. */
static void read_set(compiler *c, uint32_t *set) {
  bool others = c->at < c->end && *c->at == '^';
  bool member = true;
  if (others) c->at++;
  while (c->at < c->end && (member || *c->at != ']')) {
    uint8_t byte = *c->at++;
    member = false;
    if (byte == '%' && c->at < c->end) {
      set_add_class(set, *c->at++);
    } else if (c->end - c->at >= 2 && c->at[0] == '-' && c->at[1] != ']') {
      member = c->at[1] == '%';
      set_add_range(set, byte, c->at[1]);
      c->at += 2;
    } else {
      set_add(set, byte);
    }
  }
  if (c->at == c->end) {
    refuse(c, "malformed pattern (missing ']')");
    return;
  }
  c->at++;
  for (int i = 0; i < 8 && others; i++) set[i] = ~set[i];
}

static void read_quantity(compiler *c, script_pattern_item *item) {
  if (c->at == c->end) return;
  switch (*c->at) {
    case '?':
      item->kind = ITEM_OPTIONAL;
      break;
    case '-':
      item->kind = ITEM_FEW;
      break;
    case '*':
      item->kind = ITEM_MANY;
      break;
    case '+': {
      script_pattern_item *more = add_item(c, ITEM_MANY);
      memcpy(more->set, item->set, sizeof more->set);
      break;
    }
    default:
      return;
  }
  c->at++;
}

static void read_open(compiler *c) {
  script_pattern *made = c->made;
  if (made->capture_count == SCRIPT_PATTERN_CAPTURES) {
    refuse(c, "too many captures");
    return;
  }
  bool place = c->at < c->end && *c->at == ')';
  if (place) c->at++;
  uint8_t number = (uint8_t)made->capture_count++;
  made->captures[number] = (script_capture){.place = place};
  add_item(c, ITEM_OPEN)->first = number;
  if (!place) c->open[c->open_count++] = number;
}

static void read_close(compiler *c) {
  if (c->open_count == 0) {
    refuse(c, "invalid pattern capture");
    return;
  }
  add_item(c, ITEM_CLOSE)->first = c->open[--c->open_count];
}

static bool is_open(const compiler *c, size_t number) {
  for (size_t i = 0; i < c->open_count; i++) {
    if (c->open[i] == number) return true;
  }
  return false;
}

static void read_again(compiler *c, uint8_t digit) {
  size_t number = (size_t)(digit - '1'); /* %0: no number at all */
  bool known = digit != '0' && number < c->made->capture_count && !is_open(c, number);
  if (!known || c->made->captures[number].place) {
    refuse(c, "invalid capture index in pattern");
    return;
  }
  add_item(c, ITEM_AGAIN)->first = (uint8_t)number;
}

static void read_balance(compiler *c) {
  if (c->end - c->at < 2) {
    refuse(c, "malformed pattern (missing arguments to '%b')");
    return;
  }
  script_pattern_item *item = add_item(c, ITEM_BALANCE);
  item->first = c->at[0];
  item->last = c->at[1];
  c->at += 2;
}

static void read_frontier(compiler *c) {
  if (c->at == c->end || *c->at != '[') {
    refuse(c, "missing '[' after '%f' in pattern");
    return;
  }
  c->at++;
  read_set(c, add_item(c, ITEM_FRONTIER)->set);
}

/* Behind "%". */
static void read_escape(compiler *c) {
  if (c->at == c->end) {
    refuse(c, "malformed pattern (ends with '%')");
    return;
  }
  uint8_t name = *c->at++;
  if (name == 'b') {
    read_balance(c);
  } else if (name == 'f') {
    read_frontier(c);
  } else if (is_digit(name)) {
    read_again(c, name);
  } else {
    script_pattern_item *item = add_item(c, ITEM_ONE);
    set_add_class(item->set, name);
    read_quantity(c, item);
  }
}

static void read_plain(compiler *c, uint8_t byte) {
  script_pattern_item *item = add_item(c, ITEM_ONE);
  if (byte == '.') {
    memset(item->set, 0xff, sizeof item->set);
  } else if (byte == '[') {
    read_set(c, item->set);
  } else {
    set_add(item->set, byte);
  }
  read_quantity(c, item);
}

static void read_item(compiler *c) {
  uint8_t byte = *c->at++;
  if (byte == '(') {
    read_open(c);
  } else if (byte == ')') {
    read_close(c);
  } else if (byte == '%') {
    read_escape(c);
  } else if (byte == '$' && c->at == c->end) {
    (void)add_item(c, ITEM_END);
  } else {
    read_plain(c, byte);
  }
}

const char *script_pattern_compile(script_pattern *pattern, base_slice text, bool anchors) {
  compiler c = {.made = pattern, .at = text.data, .end = text.data + text.size};
  *pattern = (script_pattern){.anchored = anchors && text.size > 0 && text.data[0] == '^'};
  if (pattern->anchored) c.at++;
  while (c.at < c.end) read_item(&c);
  if (c.open_count > 0) refuse(&c, "unfinished capture");
  return c.fault;
}

/* --- matching ---------------------------------------------------------------------------------------- */

static void use(int64_t *steps, size_t bytes) {
  *steps -= (int64_t)(bytes / BYTES_PER_STEP) + 1;
}

static bool fits(const script_pattern *p, const script_pattern_item *item, size_t place) {
  return place < p->subject.size && set_has(item->set, p->subject.data[place]);
}

/* The byte at the place; zero before the beginning and behind the end. */
static uint8_t byte_at(const script_pattern *p, size_t place) {
  return place < p->subject.size ? p->subject.data[place] : 0;
}

static bool enter_many(script_pattern *p, script_pattern_item *item, int64_t *steps) {
  item->low = p->here;
  while (fits(p, item, p->here)) p->here++;
  item->high = p->here;
  use(steps, item->high - item->low);
  return true;
}

static bool enter_again(script_pattern *p, const script_pattern_item *item, int64_t *steps) {
  const script_capture *capture = &p->captures[item->first];
  size_t size = capture->end - capture->begin;
  use(steps, size);
  if (size > p->subject.size - p->here) return false;
  if (size > 0 && memcmp(p->subject.data + capture->begin, p->subject.data + p->here, size) != 0) {
    return false;
  }
  p->here += size;
  return true;
}

static bool enter_balance(script_pattern *p, const script_pattern_item *item, int64_t *steps) {
  size_t from = p->here;
  size_t depth = 1;
  if (from >= p->subject.size || p->subject.data[from] != item->first) return false;
  for (size_t place = from + 1; place < p->subject.size; place++) {
    uint8_t byte = p->subject.data[place];
    if (byte == item->last) {
      if (--depth > 0) continue;
      use(steps, place - from);
      p->here = place + 1;
      return true;
    }
    if (byte == item->first) depth++;
  }
  use(steps, p->subject.size - from);
  return false;
}

static bool enter_frontier(const script_pattern *p, const script_pattern_item *item) {
  uint8_t before = p->here == 0 ? 0 : byte_at(p, p->here - 1);
  return !set_has(item->set, before) && set_has(item->set, byte_at(p, p->here));
}

/* Tries the item at the place where the match is; leaves it behind the item. */
static bool enter(script_pattern *p, script_pattern_item *item, int64_t *steps) {
  item->low = item->high = p->here;
  switch ((item_kind)item->kind) {
    case ITEM_ONE:
      if (!fits(p, item, p->here)) return false;
      p->here++;
      return true;
    case ITEM_OPTIONAL:
      if (fits(p, item, p->here)) item->high = ++p->here;
      return true;
    case ITEM_MANY:
      return enter_many(p, item, steps);
    case ITEM_FEW:
      item->high = p->subject.size;
      return true;
    case ITEM_OPEN:
      p->captures[item->first].begin = p->here;
      p->captures[item->first].end = p->here;
      return true;
    case ITEM_CLOSE:
      p->captures[item->first].end = p->here;
      return true;
    case ITEM_AGAIN:
      return enter_again(p, item, steps);
    case ITEM_BALANCE:
      return enter_balance(p, item, steps);
    case ITEM_FRONTIER:
      return enter_frontier(p, item);
    default:
      return p->here == p->subject.size;
  }
}

/* Another end for an item that was entered before; false when there is none left. */
static bool choose_again(script_pattern *p, script_pattern_item *item) {
  if (item->low >= item->high) return false;
  if (item->kind == ITEM_FEW) {
    if (!fits(p, item, item->low)) return false;
    p->here = ++item->low;
    return true;
  }
  if (item->kind != ITEM_MANY && item->kind != ITEM_OPTIONAL) return false;
  p->here = --item->high;
  return true;
}

/* Goes back to the last item that can still end elsewhere. */
static bool go_back(script_pattern *p, int64_t *steps) {
  while (p->at > 0) {
    p->at--;
    *steps -= 1;
    if (!choose_again(p, &p->items[p->at])) continue;
    p->at++;
    return true;
  }
  return false;
}

static bool begin_next(script_pattern *p) {
  if (p->anchored || p->begin >= p->subject.size) return false;
  p->begin++;
  p->here = p->begin;
  return true;
}

void script_pattern_begin(script_pattern *pattern, base_slice subject, size_t from) {
  pattern->subject = subject;
  pattern->begin = from;
  pattern->here = from;
  pattern->at = 0;
}

script_pattern_answer script_pattern_step(script_pattern *p, int64_t *steps) {
  while (*steps > 0) {
    if (p->at == p->count) {
      p->end = p->here;
      return SCRIPT_PATTERN_FOUND;
    }
    *steps -= 1;
    if (enter(p, &p->items[p->at], steps)) {
      p->at++;
    } else if (!go_back(p, steps) && !begin_next(p)) {
      return SCRIPT_PATTERN_NONE;
    }
  }
  return SCRIPT_PATTERN_MORE;
}
