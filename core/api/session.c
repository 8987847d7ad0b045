/* session: login, logout and the actor. See session.h.
 *
 * Memory:  plain values.  Threads: one at a time.  Fails: never. */
#include "api/session.h"

void api_session_login(api_session *session, base_slice user, base_slice roles) {
  api_session_logout(session);
  /* A name that does not fit is nobody's: cut, it could be somebody else's. */
  if (user.size > API_NAME_MAX) return;
  if (user.size > 0) memcpy(session->user, user.data, user.size);
  data_walk walk = data_walk_begin(roles);
  while (data_walk_next(&walk)) {
    session->staff = true;
    bool administrator =
        walk.value.type == DATA_TEXT && base_slice_is(walk.value.as.bytes, "administrator");
    session->administrator = session->administrator || administrator;
  }
}

void api_session_logout(api_session *session) {
  memset(session->user, 0, sizeof session->user);
  session->administrator = false;
  session->staff = false;
  session->token = 0;
  session->ops = session->types = (base_slice){0};
  session->subscription = NULL;
}

model_actor api_session_actor(const api_session *session) {
  return (model_actor){.name = base_slice_text(session->user),
                       .administrator = session->administrator,
                       .staff = session->staff,
                       .ops = session->ops,
                       .types = session->types};
}
