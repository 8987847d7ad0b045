/* shop_flight: requests submitted together and answered later. The gate holds the writer lane
 * meanwhile, so that a test knows what is served as one group.
 *
 * Memory:  the flight owns its requests from their answer on; shop_flight_fini frees them.
 * Threads: submit from one; answers come from any.
 * Fails:   the test fails when an answer comes twice. */
#pragma once

#include <pthread.h>

#include "shop.h"

#define SHOP_FLIGHT_MAX 512

typedef struct shop_flight {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  size_t sent;
  size_t answered;
  api_request *requests[SHOP_FLIGHT_MAX];
  size_t order[SHOP_FLIGHT_MAX]; /* the request's place among the answers, from 1 */
  pthread_t answered_by[SHOP_FLIGHT_MAX];
  api_door *door; /* of the requests; NULL: none */
  api_request *gate;
  bool gate_answered;
} shop_flight;

static inline void shop_flight_init(shop_flight *flight) {
  memset(flight, 0, sizeof *flight);
  (void)pthread_mutex_init(&flight->mutex, NULL);
  (void)pthread_cond_init(&flight->changed, NULL);
}

static inline void shop_flight_answer(api_request *request, void *self) {
  shop_flight *flight = self;
  (void)pthread_mutex_lock(&flight->mutex);
  if (request == flight->gate) {
    flight->gate_answered = true;
  } else {
    size_t i = 0;
    while (flight->requests[i] != request) i++;
    assert_int_equal(flight->order[i], 0);
    flight->order[i] = ++flight->answered;
    flight->answered_by[i] = pthread_self();
  }
  (void)pthread_cond_signal(&flight->changed);
  (void)pthread_mutex_unlock(&flight->mutex);
}

static inline api_request *shop_flight_make(shop *self, shop_flight *flight,
                                            const api_session *session, const char *op,
                                            base_slice params) {
  api_request *request = api_request_new(flight->door, session, params);
  request->done = shop_flight_answer;
  request->self = flight;
  assert_int_equal(api_engine_find(self->engine, request, base_slice_text(op)), BASE_OK);
  return request;
}

/* Returns the request's number. */
static inline size_t shop_flight_send(shop *self, shop_flight *flight, const char *op,
                                      base_slice params) {
  api_request *request = shop_flight_make(self, flight, &self->staff, op, params);
  (void)pthread_mutex_lock(&flight->mutex);
  size_t number = flight->sent++;
  flight->requests[number] = request;
  (void)pthread_mutex_unlock(&flight->mutex);
  api_engine_submit(self->engine, request);
  return number;
}

/* From here on the writer lane stands still, and what is sent waits in its mailbox. */
static inline void shop_flight_hold(shop *self, shop_flight *flight) {
  atomic_store(&shop_gate_closed, true);
  atomic_store(&shop_gate_entered, false);
  flight->gate = shop_flight_make(self, flight, &self->staff, "gate.wait", (base_slice){0});
  api_engine_submit(self->engine, flight->gate);
  while (!atomic_load(&shop_gate_entered)) (void)sched_yield();
}

/* Opens the gate and waits for all answers. */
static inline void shop_flight_land(shop_flight *flight) {
  atomic_store(&shop_gate_closed, false);
  (void)pthread_mutex_lock(&flight->mutex);
  while (flight->answered < flight->sent || (flight->gate != NULL && !flight->gate_answered)) {
    (void)pthread_cond_wait(&flight->changed, &flight->mutex);
  }
  (void)pthread_mutex_unlock(&flight->mutex);
}

static inline void shop_flight_fini(shop_flight *flight) {
  for (size_t i = 0; i < flight->sent; i++) api_request_free(flight->requests[i]);
  api_request_free(flight->gate);
  (void)pthread_cond_destroy(&flight->changed);
  (void)pthread_mutex_destroy(&flight->mutex);
}

static inline base_code shop_flight_code(const shop_flight *flight, size_t number) {
  return flight->requests[number]->error.code;
}

static inline base_slice shop_flight_result(const shop_flight *flight, size_t number) {
  return base_buffer_slice(&flight->requests[number]->result);
}
