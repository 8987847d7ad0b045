/* tls: OpenSSL over a BIO that reads from a slice and appends to a buffer. See tls.h.
 *
 * Memory:  a session borrows the slice and the buffer only while a call runs.
 * Threads: see tls.h.  Fails: see tls.h. */
#include "io/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/metric.h"

BASE_METRIC(handshakes_total, "io_tls_handshakes_total");
BASE_METRIC(failures_total, "io_tls_failures_total");

struct io_tls {
  SSL_CTX *context;
  BIO_METHOD *method;
  char *certificate; /* a server's; NULL: a client's */
  char *key;
  size_t handshake_bytes;
};

struct io_tls_session {
  SSL *ssl;
  base_slice in;    /* of the peer, not read by OpenSSL yet */
  base_buffer *out; /* where what is to be sent goes, during a call */
  size_t left;      /* bytes that may still come before the handshake is complete */
  io_tls_state state;
  char reason[120];
};

/* --- bytes in, bytes out --------------------------------------------------------------------------- */

static int read_bytes(BIO *bio, char *data, int size) {
  io_tls_session *session = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  size_t taken = session->in.size < (size_t)size ? session->in.size : (size_t)size;
  if (taken == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  memcpy(data, session->in.data, taken);
  session->in = base_slice_after(session->in, taken);
  return (int)taken;
}

static int write_bytes(BIO *bio, const char *data, int size) {
  io_tls_session *session = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (session->out != NULL) base_buffer_append(session->out, data, (size_t)size);
  return size;
}

static long control(BIO *bio, int command, long number, void *pointer) {
  (void)bio;
  (void)number;
  (void)pointer;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *make_method(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "haoke");
  if (method == NULL) return NULL;
  (void)BIO_meth_set_read(method, read_bytes);
  (void)BIO_meth_set_write(method, write_bytes);
  (void)BIO_meth_set_ctrl(method, control);
  return method;
}

/* --- contexts --------------------------------------------------------------------------------------- */

static const char *last_reason(void) {
  const char *reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == NULL ? "?" : reason;
}

static base_code refuse(base_error *error, const char *path) {
  return base_error_set(error, BASE_INVALID_ARGUMENT, NULL,
                        "TLS：文件 %s 用不了（%s）：应是 PEM 格式，证书与私钥配对",
                        "TLS: the file %s is of no use (%s): it should be PEM, and certificate and "
                        "key a pair",
                        path, last_reason());
}

static SSL_CTX *new_context(const SSL_METHOD *method) {
  SSL_CTX *context = SSL_CTX_new(method);
  if (context == NULL) return NULL;
  (void)SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  (void)SSL_CTX_set_num_tickets(context, 0);
  (void)SSL_CTX_set_max_early_data(context, 0);
  return context;
}

/* A key that wants a passphrase is refused: nobody sits there to type it. */
static int no_passphrase(char *out, int size, int writing, void *self) {
  (void)out;
  (void)size;
  (void)writing;
  (void)self;
  return -1;
}

static base_code load(SSL_CTX *context, const io_tls *tls, base_error *error) {
  ERR_clear_error();
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(context, tls->certificate) != 1) {
    return refuse(error, tls->certificate);
  }
  bool fits = SSL_CTX_use_PrivateKey_file(context, tls->key, SSL_FILETYPE_PEM) == 1 &&
              SSL_CTX_check_private_key(context) == 1;
  return fits ? BASE_OK : refuse(error, tls->key);
}

base_code io_tls_reload(io_tls *tls, base_error *error) {
  SSL_CTX *context = new_context(TLS_server_method());
  base_code code = context == NULL ? refuse(error, tls->certificate) : load(context, tls, error);
  if (code != BASE_OK) {
    SSL_CTX_free(context);
    return code;
  }
  SSL_CTX_free(tls->context); /* sessions under way hold it */
  tls->context = context;
  return BASE_OK;
}

static char *copy_text(const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(base_alloc(size), text, size);
}

base_code io_tls_new_server(const char *certificate, const char *key, size_t handshake_bytes,
                            io_tls **tls, base_error *error) {
  io_tls *made = base_alloc(sizeof *made);
  *made = (io_tls){.certificate = copy_text(certificate),
                   .key = copy_text(key),
                   .method = make_method(),
                   .handshake_bytes = handshake_bytes};
  base_code code = io_tls_reload(made, error);
  if (code != BASE_OK) {
    io_tls_free(made);
    return code;
  }
  *tls = made;
  return BASE_OK;
}

base_code io_tls_new_client(const char *ca, io_tls **tls, base_error *error) {
  io_tls *made = base_alloc(sizeof *made);
  *made = (io_tls){.context = new_context(TLS_client_method()),
                   .method = make_method(),
                   .handshake_bytes = SIZE_MAX};
  ERR_clear_error();
  bool trusts = made->context != NULL &&
                (ca == NULL ? SSL_CTX_set_default_verify_paths(made->context)
                            : SSL_CTX_load_verify_locations(made->context, ca, NULL)) == 1;
  if (!trusts) {
    io_tls_free(made);
    return refuse(error, ca == NULL ? "ca" : ca);
  }
  SSL_CTX_set_verify(made->context, SSL_VERIFY_PEER, NULL);
  *tls = made;
  return BASE_OK;
}

void io_tls_free(io_tls *tls) {
  if (tls == NULL) return;
  SSL_CTX_free(tls->context);
  BIO_meth_free(tls->method);
  free(tls->certificate);
  free(tls->key);
  free(tls);
}

/* --- sessions ----------------------------------------------------------------------------------------- */

static void expect(SSL *ssl, const char *host) {
  uint8_t address[16];
  bool is_address =
      inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
  if (is_address) {
    (void)X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
  } else {
    (void)SSL_set1_host(ssl, host);
    (void)SSL_set_tlsext_host_name(ssl, host);
  }
}

/* Without memory for it the session is there, and has failed. */
io_tls_session *io_tls_open(const io_tls *tls, const char *host) {
  io_tls_session *made = base_alloc(sizeof *made);
  *made = (io_tls_session){.ssl = SSL_new(tls->context), .left = tls->handshake_bytes};
  BIO *bio = BIO_new(tls->method);
  if (made->ssl == NULL || bio == NULL) {
    BIO_free(bio);
    made->state = IO_TLS_FAILED;
    return made;
  }
  BIO_set_data(bio, made);
  BIO_set_init(bio, 1);
  SSL_set_bio(made->ssl, bio, bio);
  if (host == NULL) {
    SSL_set_accept_state(made->ssl);
  } else {
    SSL_set_connect_state(made->ssl);
    expect(made->ssl, host);
  }
  return made;
}

void io_tls_close(io_tls_session *session) {
  if (session == NULL) return;
  SSL_free(session->ssl);
  free(session);
}

static io_tls_state fail(io_tls_session *session, const char *reason) {
  long verified = SSL_get_verify_result(session->ssl);
  if (verified != X509_V_OK) reason = X509_verify_cert_error_string(verified);
  base_metric_add(&failures_total, 1);
  base_log(BASE_LOG_DEBUG, "io.tls_failed", "reason=\"%s\"", reason);
  (void)snprintf(session->reason, sizeof session->reason, "%s", reason);
  return session->state = IO_TLS_FAILED;
}

/* What a call of OpenSSL that did not succeed means. */
static io_tls_state judge(io_tls_session *session, int outcome) {
  switch (SSL_get_error(session->ssl, outcome)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return session->state;
    case SSL_ERROR_ZERO_RETURN:
      return session->state = IO_TLS_ENDED;
    default:
      return fail(session, last_reason());
  }
}

static io_tls_state shake(io_tls_session *session, size_t came) {
  bool within = came <= session->left;
  session->left -= within ? came : session->left;
  int outcome = SSL_do_handshake(session->ssl);
  if (outcome == 1) {
    base_metric_add(&handshakes_total, 1);
    return session->state = IO_TLS_OPEN;
  }
  io_tls_state state = judge(session, outcome);
  return state == IO_TLS_SHAKING && !within ? fail(session, "handshake too long") : state;
}

static size_t read_plain(io_tls_session *session, uint8_t *scratch) {
  size_t size = 0;
  while (session->state == IO_TLS_OPEN && size < IO_TLS_SCRATCH) {
    int taken = SSL_read(session->ssl, scratch + size, (int)(IO_TLS_SCRATCH - size));
    if (taken <= 0) {
      (void)judge(session, taken);
      break;
    }
    size += (size_t)taken;
  }
  return size;
}

io_tls_state io_tls_receive(io_tls_session *session, base_slice bytes, uint8_t *scratch,
                            base_slice *plain, base_buffer *out) {
  *plain = (base_slice){0};
  if (session->state == IO_TLS_FAILED) return IO_TLS_FAILED;
  ERR_clear_error();
  session->in = bytes;
  session->out = out;
  if (session->state == IO_TLS_SHAKING) (void)shake(session, bytes.size);
  if (session->state == IO_TLS_OPEN) {
    *plain = base_slice_make(scratch, read_plain(session, scratch));
  }
  session->in = (base_slice){0};
  session->out = NULL;
  return session->state;
}

void io_tls_send(io_tls_session *session, base_slice plain, base_buffer *out) {
  if (session->state != IO_TLS_OPEN && session->state != IO_TLS_ENDED) return;
  ERR_clear_error();
  session->out = out;
  while (plain.size > 0) {
    int size = plain.size < (1 << 30) ? (int)plain.size : 1 << 30;
    int taken = SSL_write(session->ssl, plain.data, size);
    if (taken <= 0) {
      (void)fail(session, last_reason());
      break;
    }
    plain = base_slice_after(plain, (size_t)taken);
  }
  session->out = NULL;
}

void io_tls_finish(io_tls_session *session, base_buffer *out) {
  if (session->state != IO_TLS_OPEN && session->state != IO_TLS_ENDED) return;
  ERR_clear_error();
  session->out = out;
  (void)SSL_shutdown(session->ssl);
  session->out = NULL;
}

const char *io_tls_reason(const io_tls_session *session) {
  return session->reason;
}
