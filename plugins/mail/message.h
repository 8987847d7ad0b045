/* message: a mail as it crosses the wire (RFC 5322, MIME). Nothing that a caller gives can become a header
 * or an address of its own: addresses are checked letter by letter, all other texts are encoded.
 *
 * Memory:  the text is the caller's; parts are read only.
 * Threads: one at a time.
 * Fails:   never; ask message_address_valid for each address before. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "text.h"

typedef struct message_list {
  size_t count;
  const crm_slice *addresses;
} message_list;

typedef struct message {
  int64_t id;         /* with `at` the Message-ID, the same whenever the mail is made */
  int64_t at;         /* milliseconds UTC: its date */
  crm_slice from;     /* address */
  crm_slice name;     /* of the sender; may be empty */
  crm_slice reply_to; /* address, or empty */
  message_list to;
  message_list cc;
  crm_slice subject;
  crm_slice plain; /* text */
  crm_slice html;  /* the same as HTML, or empty */
} message;

/* local@domain in plain letters, 254 bytes at most; no quotes, comments or display names. */
bool message_address_valid(crm_slice address);

void message_append(const message *of, text *out);

#endif
