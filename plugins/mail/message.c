/* message: see message.h.
 *
 * Memory, Threads, Fails: as the header says. */
#include "message.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define ADDRESS_BYTES 254
#define LOCAL_BYTES 64
#define WORD_BYTES                                                                                 \
  39 /* of one encoded word, so that a header and it have 76 letters at most (RFC 2047) */
#define PLAIN_BYTES 60 /* of a subject that is not encoded */
#define LINE_BYTES 57  /* of one line of base64: 76 letters */

/* --- addresses ---------------------------------------------------------------------------------------- */

static bool is_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9');
}

/* Letters with dots between them: no dot at an end, no two together. */
static bool is_dotted(const char *data, size_t size, const char *marks) {
  bool dot = true;
  for (size_t i = 0; i < size; i++) {
    bool is_dot = data[i] == '.';
    bool known =
        is_dot || is_letter(data[i]) || (data[i] != '\0' && strchr(marks, data[i]) != NULL);
    if (!known || (is_dot && dot)) return false;
    dot = is_dot;
  }
  return !dot;
}

bool message_address_valid(crm_slice address) {
  const char *at = address.size == 0 ? NULL : memchr(address.data, '@', address.size);
  if (at == NULL || address.size > ADDRESS_BYTES) return false;
  size_t local = (size_t)(at - address.data);
  return local <= LOCAL_BYTES && is_dotted(address.data, local, "!#$%&'*+-/=?^_`{|}~") &&
         is_dotted(at + 1, address.size - local - 1, "-");
}

/* --- headers ------------------------------------------------------------------------------------------ */

static bool is_plain(crm_slice words) {
  for (size_t i = 0; i < words.size; i++) {
    bool odd = words.data[i] < ' ' || words.data[i] > '~' || words.data[i] == '=';
    if (odd) return false;
  }
  return words.size <= PLAIN_BYTES;
}

/* How many bytes of `words` from `at` on make one encoded word: whole characters of UTF-8. */
static size_t word_size(crm_slice words, size_t at) {
  size_t size = words.size - at < WORD_BYTES ? words.size - at : WORD_BYTES;
  while (size > 1 && at + size < words.size &&
         ((unsigned char)words.data[at + size] & 0xc0) == 0x80) {
    size--;
  }
  return size;
}

static void append_encoded(text *out, crm_slice words) {
  for (size_t at = 0; at < words.size;) {
    char shown[WORD_BYTES];
    size_t size = word_size(words, at);
    for (size_t i = 0; i < size; i++) {
      unsigned char byte = (unsigned char)words.data[at + i];
      shown[i] = (char)(byte < ' ' || byte == 0x7f ? ' ' : byte);
    }
    if (at > 0) text_append_string(out, "\r\n ");
    text_append_string(out, "=?UTF-8?B?");
    text_append_base64(out, (crm_slice){.data = shown, .size = size});
    text_append_string(out, "?=");
    at += size;
  }
}

static void append_words(text *out, crm_slice words) {
  if (is_plain(words)) {
    text_append(out, words.data, words.size);
  } else {
    append_encoded(out, words);
  }
}

static void append_address(text *out, crm_slice address) {
  text_append_string(out, "<");
  text_append(out, address.data, address.size);
  text_append_string(out, ">");
}

static void append_list(text *out, const char *name, message_list list) {
  if (list.count == 0) return;
  text_append_string(out, name);
  for (size_t i = 0; i < list.count; i++) {
    if (i > 0) text_append_string(out, ",\r\n ");
    append_address(out, list.addresses[i]);
  }
  text_append_string(out, "\r\n");
}

/* A name in front of an address is a phrase: always encoded, so that it needs no quotes. */
static void append_from(text *out, const message *of) {
  text_append_string(out, "From: ");
  if (of->name.size > 0) {
    append_encoded(out, of->name);
    text_append_string(out, "\r\n ");
  }
  append_address(out, of->from);
  text_append_string(out, "\r\n");
}

/* Written by hand, since strftime speaks the language of the process. */
static void append_date(text *out, int64_t at) {
  static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  struct tm parts;
  char line[64];
  time_t seconds = (time_t)(at / 1000);
  (void)gmtime_r(&seconds, &parts);
  (void)snprintf(line, sizeof line, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n",
                 days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900,
                 parts.tm_hour, parts.tm_min, parts.tm_sec);
  text_append_string(out, line);
}

static void append_message_id(text *out, const message *of) {
  char line[96];
  const char *at = memchr(of->from.data, '@', of->from.size);
  (void)snprintf(line, sizeof line, "Message-ID: <delivery.%" PRId64 ".%" PRId64, of->id, of->at);
  text_append_string(out, line);
  text_append(out, at, of->from.size - (size_t)(at - of->from.data));
  text_append_string(out, ">\r\n");
}

static void append_headers(const message *of, text *out) {
  const message_list reply = {.count = of->reply_to.size > 0, .addresses = &of->reply_to};
  append_date(out, of->at);
  append_message_id(out, of);
  append_from(out, of);
  append_list(out, "Reply-To: ", reply);
  append_list(out, "To: ", of->to);
  append_list(out, "Cc: ", of->cc);
  text_append_string(out, "Subject: ");
  append_words(out, of->subject);
  text_append_string(out, "\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n");
}

/* --- content ------------------------------------------------------------------------------------------ */

/* Ends of lines as mail has them. */
static text with_line_ends(crm_slice given) {
  text made = {0};
  for (size_t i = 0; i < given.size; i++) {
    bool end = given.data[i] == '\n' || given.data[i] == '\r';
    if (given.data[i] == '\r' && i + 1 < given.size && given.data[i + 1] == '\n') i++;
    text_append(&made, end ? "\r\n" : &given.data[i], end ? 2 : 1);
  }
  return made;
}

static void append_part(text *out, const char *kind, crm_slice given) {
  text lines = with_line_ends(given);
  text_append_string(out, "Content-Type: ");
  text_append_string(out, kind);
  text_append_string(out, "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
  for (size_t at = 0; at < lines.size; at += LINE_BYTES) {
    size_t size = lines.size - at < LINE_BYTES ? lines.size - at : LINE_BYTES;
    text_append_base64(out, (crm_slice){.data = lines.data + at, .size = size});
    text_append_string(out, "\r\n");
  }
  text_free(&lines);
}

/* No line of base64 begins with a hyphen, so the boundary is in no part. */
#define BOUNDARY "--haoke-part"

void message_append(const message *of, text *out) {
  append_headers(of, out);
  if (of->html.size == 0) {
    append_part(out, "text/plain", of->plain);
    return;
  }
  text_append_string(out, "Content-Type: multipart/alternative; boundary=\"haoke-part\"\r\n\r\n");
  text_append_string(out, BOUNDARY "\r\n");
  append_part(out, "text/plain", of->plain);
  text_append_string(out, BOUNDARY "\r\n");
  append_part(out, "text/html", of->html);
  text_append_string(out, BOUNDARY "--\r\n");
}
