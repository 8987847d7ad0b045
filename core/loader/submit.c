/* submit: see submit.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "loader/submit.h"

#include <sched.h>
#include <stdio.h>

#include "base/log.h"
#include "loader/call.h"

typedef struct submission {
  loader_plugin *plugin;
  crm_done done;
  void *self;
} submission;

static _Atomic(api_engine *) attached;
static _Atomic unsigned inside; /* threads that may be using `attached` */

void loader_engine_attach(api_engine *engine) {
  atomic_store(&attached, engine);
}

/* Those inside only hand a request over, so this is over soon. */
void loader_engine_detach(void) {
  atomic_store(&attached, NULL);
  while (atomic_load(&inside) > 0) sched_yield();
}

/* A plugin is part of the server; what it may ask of whom is its operator's decision. */
static api_session session_of(const loader_plugin *plugin, const api_engine *engine) {
  api_session session = {
      .administrator = true, .staff = true, .language = api_engine_options_get(engine)->language};
  (void)snprintf(session.user, sizeof session.user, "system");
  (void)snprintf(session.client, sizeof session.client, "%s", plugin->entry.name);
  return session;
}

static void answer(api_request *request, void *self) {
  submission *sent = self;
  loader_plugin *plugin = sent->plugin;
  crm_reply reply = {.code = request->error.code,
                     .field = request->error.field,
                     .message = request->error.message};
  if (reply.code == CRM_OK) reply.result = loader_lend(base_buffer_slice(&request->result));
  loader_call_done(sent->done, plugin->entry.name, request->arena, &reply, sent->self);
  api_request_free(request);
  loader_plugin_release(plugin);
}

static base_code refuse(const loader_plugin *plugin, const char *op, const base_error *error) {
  base_log(BASE_LOG_WARN, "loader.submit_refused", "plugin=%s op=%s code=%s reason=\"%s\"",
           plugin->entry.name, op, base_code_name(error->code), error->message);
  return error->code;
}

/* Ends with the request handed over, or freed. */
static base_code hand_over(api_engine *engine, api_request *request, const char *op,
                           const submission *from) {
  if (api_engine_find(engine, request, base_slice_text(op)) != BASE_OK) {
    base_code code = refuse(from->plugin, op, &request->error);
    api_request_free(request);
    return code;
  }
  submission *sent = BASE_NEW(request->arena, submission);
  *sent = *from;
  loader_plugin_acquire(sent->plugin);
  request->caller = API_CALLER_PACKAGE;
  request->done = answer;
  request->self = sent;
  api_engine_submit(engine, request);
  return BASE_OK;
}

static base_code ask_and_send(api_engine *engine, const char *op, crm_ask ask,
                              const submission *from) {
  base_arena *arena = base_arena_new();
  base_error error = {.language = BASE_EN};
  base_slice params;
  base_code code =
      loader_call_ask(ask, from->plugin->entry.name, arena, &params, from->self, &error);
  if (code != BASE_OK) {
    code = refuse(from->plugin, op, &error);
  } else {
    api_session session = session_of(from->plugin, engine);
    code = hand_over(engine, api_request_new(NULL, &session, params), op, from);
  }
  base_arena_free(arena);
  return code;
}

int loader_submit(const crm_host *host, const char *op, crm_ask ask, crm_done done, void *self) {
  loader_plugin *plugin = (loader_plugin *)(uintptr_t)host;
  if (loader_call_inside()) return CRM_UNAVAILABLE;
  atomic_fetch_add(&inside, 1);
  api_engine *engine = atomic_load(&attached);
  base_code code = BASE_UNAVAILABLE;
  if (engine != NULL && atomic_load(&plugin->running)) {
    submission from = {.plugin = plugin, .done = done, .self = self};
    code = ask_and_send(engine, op, ask, &from);
  }
  atomic_fetch_sub(&inside, 1);
  return (int)code;
}
