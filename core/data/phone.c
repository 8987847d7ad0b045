/* phone: what was typed, read as a number that could be dialled. See phone.h.
 *
 * Memory:  work space on the stack, and one buffer freed before return.
 * Threads: any.  Fails: see phone.h. */
#include "data/phone.h"

#include "data/text.h"

#define DIGITS_MIN 5
#define DIGITS_MAX 20
#define LAND_LINE_MIN 10 /* in China: "0", area code and number */
#define LAND_LINE_MAX 12
#define EXTENSION_MAX 6
#define NONE SIZE_MAX

typedef struct dialled {
  char digits[DIGITS_MAX + 1]; /* and one that is put before them */
  size_t size;
  size_t extension; /* where the extension begins, or NONE */
  size_t group;     /* where the last group behind a hyphen begins */
  size_t bracket;   /* where the last bracket opens */
  bool plus;
} dialled;

static size_t main_size(const dialled *number) {
  return number->extension == NONE ? number->size : number->extension;
}

static bool starts(const dialled *number, const char *digits) {
  size_t size = strlen(digits);
  return main_size(number) >= size && memcmp(number->digits, digits, size) == 0;
}

static void drop_front(dialled *number, size_t count) {
  number->size -= count;
  number->group -= number->group < count ? number->group : count;
  if (number->extension != NONE) number->extension -= count;
  memmove(number->digits, number->digits + count, number->size);
}

static void put_front(dialled *number, char digit) {
  memmove(number->digits + 1, number->digits, number->size);
  number->digits[0] = digit;
  number->size++;
  number->group++;
  if (number->extension != NONE) number->extension++;
}

static size_t add_digit(dialled *number, uint8_t digit) {
  if (number->size == DIGITS_MAX) return 0;
  number->digits[number->size++] = (char)digit;
  return 1;
}

/* "+44 (0)20 …": from abroad, the zero in brackets is not dialled. */
static void close_bracket(dialled *number) {
  bool abroad = number->plus || starts(number, "00");
  bool only_zero = number->size == number->bracket + 1 && number->digits[number->bracket] == '0';
  if (abroad && only_zero && number->bracket > 0) number->size--;
}

static size_t match(base_slice rest, const char *const *words) {
  for (; *words != NULL; words++) {
    if (base_slice_starts(rest, base_slice_text(*words))) return strlen(*words);
  }
  return 0;
}

static size_t read_extension_word(dialled *number, base_slice rest) {
  static const char *const words[] = {"ext.", "ext", "Ext.", "Ext",  "EXT",  "x", "X",
                                      "#",    "转",  "轉",   "分机", "分機", NULL};
  size_t size = match(rest, words);
  if (size == 0 || number->size == 0 || number->extension != NONE) return 0;
  number->extension = number->size;
  return size;
}

/* Reads the sign at the front of `rest`; 0 when no notation has it there. */
static size_t read_sign(dialled *number, base_slice rest) {
  static const char *const dashes[] = {"-", "‐", "‑", "–", "—", "−", NULL};
  static const char *const spaces[] = {" ", "\t", ".", "\xc2\xa0", NULL};
  size_t dash = match(rest, dashes);
  if (dash > 0) {
    number->group = number->size;
    return dash;
  }
  switch (rest.data[0]) {
    case '+':
      if (number->size > 0 || number->plus) return 0;
      number->plus = true;
      return 1;
    case '(':
      number->bracket = number->size;
      return 1;
    case ')':
      close_bracket(number);
      return 1;
    default:
      break;
  }
  size_t space = match(rest, spaces);
  return space > 0 ? space : read_extension_word(number, rest);
}

static bool read_number(base_slice text, dialled *number) {
  while (text.size > 0) {
    uint8_t byte = text.data[0];
    bool digit = byte >= '0' && byte <= '9';
    size_t read = digit ? add_digit(number, byte) : read_sign(number, text);
    if (read == 0) return false;
    text = base_slice_after(text, read);
  }
  return main_size(number) >= DIGITS_MIN;
}

/* 11 digits from 13… to 19…, behind `skip` others. */
static bool is_mobile(const dialled *number, size_t skip) {
  return main_size(number) == skip + 11 && number->digits[skip] == '1' &&
         number->digits[skip + 1] >= '3';
}

/* Numbers that are dialled alike from everywhere in the country, without an area code. */
static bool is_service(const dialled *number) {
  return main_size(number) == 10 && (starts(number, "400") || starts(number, "800"));
}

/* "0531-88881234-801": what is too long for a land line ends with an extension. */
static void split_extension(dialled *number) {
  size_t group = number->group;
  bool full = starts(number, "0") && group >= LAND_LINE_MIN && group <= LAND_LINE_MAX;
  if (!full || number->extension != NONE || number->size <= LAND_LINE_MAX) return;
  if (number->size - group <= EXTENSION_MAX) number->extension = group;
}

/* Brings a Chinese number, its country code gone, to the form it has inside the country. */
static void make_domestic(dialled *number, bool from_abroad) {
  if (starts(number, "0") && is_mobile(number, 1)) drop_front(number, 1);
  if (is_mobile(number, 0) || is_service(number)) return;
  bool has_area = main_size(number) >= LAND_LINE_MIN - 1;
  if (from_abroad && has_area && !starts(number, "0")) put_front(number, '0');
  split_extension(number);
}

static void write_number(const dialled *number, bool foreign, base_buffer *out) {
  size_t size = main_size(number);
  if (foreign) base_buffer_byte(out, '+');
  base_buffer_append(out, number->digits, size);
  if (size == number->size) return;
  base_buffer_byte(out, 'x');
  base_buffer_append(out, number->digits + size, number->size - size);
}

bool data_phone_normal(base_slice typed, base_buffer *out) {
  dialled number = {.extension = NONE};
  base_buffer narrow = {0};
  data_text_narrow(typed, &narrow);
  bool valid = read_number(base_buffer_slice(&narrow), &number);
  base_buffer_fini(&narrow);
  if (!valid) return false;
  bool abroad = number.plus;
  if (!abroad && starts(&number, "00")) {
    drop_front(&number, 2);
    abroad = true;
  }
  bool china = abroad && starts(&number, "86");
  if (china || (!abroad && starts(&number, "86") && is_mobile(&number, 2))) drop_front(&number, 2);
  if (!abroad || china) make_domestic(&number, china);
  write_number(&number, abroad && !china, out);
  return true;
}
