/* tls: TLS 1.3 between bytes and bytes. A session knows no socket: what came from the peer goes in, what is
 * to be sent to the peer is appended to a buffer; streams and blocking clients use the same.
 *
 * No older version, no renegotiation, no early data, no resumption: each would be something more to get
 * wrong, and a connection lasts for hours here.
 *
 * Memory:  whoever made a tls or a session frees it; a tls outlives its sessions. An idle session keeps
 *          no buffers. `plain` points into the caller's scratch.
 * Threads: a tls: one at a time; a session: one at a time.
 * Fails:   making and reloading: INVALID_ARGUMENT with the file and OpenSSL's reason. A session that
 *          fails says why with io_tls_reason, and has appended its alert. */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#define IO_TLS_TAKE ((size_t)1 << 16)                    /* bytes taken at once */
#define IO_TLS_SCRATCH (IO_TLS_TAKE + ((size_t)1 << 15)) /* and the record that they complete */

typedef struct io_tls io_tls;
typedef struct io_tls_session io_tls_session;

typedef enum io_tls_state {
  IO_TLS_SHAKING, /* nothing can be written yet */
  IO_TLS_OPEN,
  IO_TLS_ENDED, /* the peer sends no more */
  IO_TLS_FAILED,
} io_tls_state;

/* A server's: PEM files, the certificate with those that lead to its root behind it. Before the
 * handshake is complete a peer may send `handshake_bytes`. */
base_code io_tls_new_server(const char *certificate, const char *key, size_t handshake_bytes,
                            io_tls **tls, base_error *error);

/* Reads the files again, for sessions from here on. When that fails, all stays as it was. */
base_code io_tls_reload(io_tls *tls, base_error *error);

/* A client's: trusts the certificates in the PEM file `ca`; NULL: those that the system trusts. */
base_code io_tls_new_client(const char *ca, io_tls **tls, base_error *error);
void io_tls_free(io_tls *tls);

/* `host`: of a client's session, the name or address that the server's certificate has to have. A
 * client's first bytes come from an io_tls_receive of nothing. */
io_tls_session *io_tls_open(const io_tls *tls, const char *host);
void io_tls_close(io_tls_session *session);

/* Takes all `bytes`, of which there are at most IO_TLS_TAKE. `plain`: what the peer said in them, in
 * `scratch`, which has IO_TLS_SCRATCH bytes. */
io_tls_state io_tls_receive(io_tls_session *session, base_slice bytes, uint8_t *scratch,
                            base_slice *plain, base_buffer *out);

/* Appends the sealed bytes; nothing unless the session is open. */
void io_tls_send(io_tls_session *session, base_slice plain, base_buffer *out);

/* Tells the peer that nothing more comes. */
void io_tls_finish(io_tls_session *session, base_buffer *out);

const char *io_tls_reason(const io_tls_session *session);
