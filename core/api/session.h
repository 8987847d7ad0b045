/* session: who is asking and how the answers are to look.
 *
 * Memory:  a plain value; a request carries a copy, and when its op has API_SESSION and
 *          succeeded the door copies the request's session back.
 * Threads: one at a time.  Fails: never. */
#pragma once

#include "model/model.h"

#define API_NAME_MAX 64    /* bytes of a user's or client's name */
#define API_NETWORK_MAX 47 /* bytes of the text of a network */

typedef struct api_session {
  char user[API_NAME_MAX + 1]; /* empty before login */
  bool administrator;
  bool staff;
  bool trusted;   /* the server's own: a timer's, whose permission was asked when it was set */
  bool local;     /* came over the unix socket from the user who owns the server */
  bool error_map; /* errors = "map" */
  base_language language;
  char network[API_NETWORK_MAX +
               1]; /* where the peer is, as limits count it; "unix" for a local one */
  bool exposed;    /* others on the way can read along: no passwords, no tokens */
  int64_t token;   /* the token record that it came with; 0: none */
  base_slice
      ops; /* the token's scope, read anew for every request into its arena; empty: no limit */
  base_slice types;
  char client[API_NAME_MAX + 1];
  char zone[API_NAME_MAX + 1]; /* for texts; empty: business.timezone */
  uint64_t
      identity; /* changes to users that were seen; 0: no account stands behind it (identity.h) */
  struct api_subscription *subscription; /* the door's to free; a request's copy borrows it */
} api_session;

/* Logs the session in as that user with those roles (a msgpack array of names). */
void api_session_login(api_session *session, base_slice user, base_slice roles);

/* Back to the state before login, without token and subscription; keeps language, error form, client and
 * network. */
void api_session_logout(api_session *session);

model_actor api_session_actor(const api_session *session);
