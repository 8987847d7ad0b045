/* session: who is asking and how the answers are to look.
 *
 * Memory:  a plain value; a request carries a copy, and when its op has API_SESSION and
 *          succeeded the door copies the request's session back.
 * Threads: one at a time.  Fails: never. */
#pragma once

#include "model/model.h"

#define API_NAME_MAX 64 /* bytes of a user's or client's name */

typedef struct api_session {
  char user[API_NAME_MAX + 1]; /* empty before login */
  bool administrator;
  bool staff;
  bool local;     /* came over the unix socket from the user who owns the server */
  bool error_map; /* errors = "map" */
  base_language language;
  char client[API_NAME_MAX + 1];
  char zone[API_NAME_MAX + 1]; /* for texts; empty: business.timezone */
  uint64_t
      identity; /* changes to users that were seen; 0: no account stands behind it (identity.h) */
  struct api_subscription *subscription; /* the door's to free; a request's copy borrows it */
} api_session;

/* Logs the session in as that user with those roles (a msgpack array of names). */
void api_session_login(api_session *session, base_slice user, base_slice roles);

/* Back to the state before login, without subscription; keeps language, error form and client. */
void api_session_logout(api_session *session);

model_actor api_session_actor(const api_session *session);
