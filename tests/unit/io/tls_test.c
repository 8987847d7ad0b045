/* tls: a server's and a client's session, bytes handed over in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/tls.h"

static char folder[64];
static char certificate[96];
static char key[96];

static int make_files(void **state) {
  (void)state;
  char command[512];
  (void)snprintf(folder, sizeof folder, "/tmp/haoke-tls-XXXXXX");
  assert_non_null(mkdtemp(folder));
  (void)snprintf(certificate, sizeof certificate, "%s/a.crt", folder);
  (void)snprintf(key, sizeof key, "%s/a.key", folder);
  (void)snprintf(
      command, sizeof command,
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj /CN=a -addext subjectAltName=DNS:a.example -keyout %s -out %s 2>/dev/null",
      key, certificate);
  return system(command); /* NOLINT(cert-env33-c): a test's own command */
}

static int remove_files(void **state) {
  (void)state;
  return unlink(certificate) | unlink(key) | rmdir(folder);
}

typedef struct side {
  io_tls *tls;
  io_tls_session *session;
  base_buffer out;  /* to the other side */
  base_buffer told; /* by the other side */
  io_tls_state state;
} side;

typedef struct pair {
  side server;
  side client;
} pair;

static pair open_pair(const char *host, size_t handshake_bytes) {
  base_error error = {.language = BASE_EN};
  pair made = {0};
  assert_int_equal(io_tls_new_server(certificate, key, handshake_bytes, &made.server.tls, &error),
                   BASE_OK);
  assert_int_equal(io_tls_new_client(certificate, &made.client.tls, &error), BASE_OK);
  made.server.session = io_tls_open(made.server.tls, NULL);
  made.client.session = io_tls_open(made.client.tls, host);
  return made;
}

static void close_side(side *self) {
  io_tls_close(self->session);
  io_tls_free(self->tls);
  base_buffer_fini(&self->out);
  base_buffer_fini(&self->told);
}

static void close_pair(pair *self) {
  close_side(&self->server);
  close_side(&self->client);
}

static void take(side *to, base_slice bytes) {
  static uint8_t scratch[IO_TLS_SCRATCH];
  base_slice plain;
  to->state = io_tls_receive(to->session, bytes, scratch, &plain, &to->out);
  base_buffer_append(&to->told, plain.data, plain.size);
}

/* Hands over all that waits, in pieces. */
static void carry(side *from, side *to, size_t piece) {
  base_buffer bytes = from->out;
  from->out = (base_buffer){0};
  for (size_t at = 0; at < bytes.size; at += piece) {
    size_t size = bytes.size - at < piece ? bytes.size - at : piece;
    take(to, base_slice_make(bytes.data + at, size));
  }
  base_buffer_fini(&bytes);
}

static void shake(pair *self, size_t piece) {
  take(&self->client, (base_slice){0});
  for (int i = 0; i < 4; i++) {
    carry(&self->client, &self->server, piece);
    carry(&self->server, &self->client, piece);
  }
}

static void everything_arrives(void **state) {
  (void)state;
  static const size_t pieces[] = {1, 7, 16405, 40000, IO_TLS_TAKE - 1, IO_TLS_TAKE};
  size_t size = 300001;
  uint8_t *sent = malloc(size);
  for (size_t i = 0; i < size; i++) sent[i] = (uint8_t)(i * 31 + (i >> 8));
  for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
    pair both = open_pair("a.example", 1 << 16);
    shake(&both, pieces[i]);
    assert_int_equal(both.server.state, IO_TLS_OPEN);
    assert_int_equal(both.client.state, IO_TLS_OPEN);
    io_tls_send(both.client.session, base_slice_make(sent, size), &both.client.out);
    carry(&both.client, &both.server, pieces[i]);
    assert_int_equal(both.server.told.size, size);
    assert_memory_equal(both.server.told.data, sent, size);
    io_tls_send(both.server.session, base_slice_make("ja", 2), &both.server.out);
    io_tls_finish(both.server.session, &both.server.out);
    carry(&both.server, &both.client, pieces[i]);
    assert_int_equal(both.client.told.size, 2);
    assert_int_equal(both.client.state, IO_TLS_ENDED);
    close_pair(&both);
  }
  free(sent);
}

static void nothing_is_said_before_the_handshake(void **state) {
  (void)state;
  pair both = open_pair("a.example", 1 << 16);
  io_tls_send(both.server.session, base_slice_make("early", 5), &both.server.out);
  assert_int_equal(both.server.out.size, 0);
  shake(&both, 100);
  assert_int_equal(both.client.told.size, 0);
  close_pair(&both);
}

static void another_name_is_refused(void **state) {
  (void)state;
  static const char *const names[] = {"b.example", "127.0.0.1", "::1"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    pair both = open_pair(names[i], 1 << 16);
    shake(&both, 1000);
    assert_int_equal(both.client.state, IO_TLS_FAILED);
    assert_int_equal(both.server.state, IO_TLS_FAILED);
    assert_non_null(strstr(io_tls_reason(both.client.session), "mismatch"));
    close_pair(&both);
  }
}

/* What the client sends before it is done; more than that many bytes are not taken. */
static void a_handshake_has_a_limit(void **state) {
  (void)state;
  pair both = open_pair("a.example", 1 << 16);
  take(&both.client, (base_slice){0});
  size_t hello = both.client.out.size;
  close_pair(&both);
  for (size_t limit = hello - 1; limit <= hello + 1; limit++) {
    both = open_pair("a.example", limit);
    take(&both.client, (base_slice){0});
    carry(&both.client, &both.server, hello - 1); /* all but one byte, then that one */
    bool within = limit >= hello;
    assert_int_equal(both.server.state, within ? IO_TLS_SHAKING : IO_TLS_FAILED);
    close_pair(&both);
  }
}

static void nonsense_fails(void **state) {
  (void)state;
  pair both = open_pair("a.example", 1 << 16);
  take(&both.server, base_slice_text("GET / HTTP/1.1\r\n\r\n"));
  assert_int_equal(both.server.state, IO_TLS_FAILED);
  take(&both.server, base_slice_text("more"));
  assert_int_equal(both.server.state, IO_TLS_FAILED);
  close_pair(&both);
}

static void files_are_read_anew(void **state) {
  (void)state;
  base_error error = {.language = BASE_EN};
  io_tls *tls = NULL;
  char missing[128];
  (void)snprintf(missing, sizeof missing, "%s/none", folder);
  assert_int_equal(io_tls_new_server(missing, key, 1 << 16, &tls, &error), BASE_INVALID_ARGUMENT);
  assert_non_null(strstr(error.message, missing));
  assert_int_equal(io_tls_new_server(certificate, certificate, 1 << 16, &tls, &error),
                   BASE_INVALID_ARGUMENT);
  assert_int_equal(io_tls_new_client(missing, &tls, &error), BASE_INVALID_ARGUMENT);
  pair both = open_pair("a.example", 1 << 16);
  shake(&both, 1000);
  assert_int_equal(io_tls_reload(both.server.tls, &error), BASE_OK);
  io_tls_send(both.client.session, base_slice_make("still", 5), &both.client.out);
  carry(&both.client, &both.server, 1000);
  assert_int_equal(both.server.told.size, 5);
  close_pair(&both);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(everything_arrives),
      cmocka_unit_test(nothing_is_said_before_the_handshake),
      cmocka_unit_test(another_name_is_refused),
      cmocka_unit_test(a_handshake_has_a_limit),
      cmocka_unit_test(nonsense_fails),
      cmocka_unit_test(files_are_read_anew),
  };
  return cmocka_run_group_tests(tests, make_files, remove_files);
}
