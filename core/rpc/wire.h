/* wire: a client's socket, blocking, in clear text or TLS. Inside the room only.
 *
 * Memory:  rpc_wire_open makes it, rpc_wire_close frees it. What arrived is valid until the next wait.
 * Threads: one at a time.
 * Fails:   INVALID_ARGUMENT for an address; UNAVAILABLE when the server cannot be reached, is not who it
 *          should be, is silent for a minute, or goes away. */
#pragma once

#include "io/io.h"

typedef struct rpc_wire rpc_wire;

/* "unix:PATH" or "HOST:PORT"; `tls` for TLS, which trusts `ca` (see io_tls_new_client). */
base_code rpc_wire_open(const char *address, bool tls, const char *ca, rpc_wire **wire,
                        base_error *error);
void rpc_wire_close(rpc_wire *wire);

/* Takes the bytes to be sent; rpc_wire_wait sends what does not leave here. */
base_code rpc_wire_write(rpc_wire *wire, base_slice bytes, base_error *error);

/* Whether everything that was written has left. */
bool rpc_wire_sent(const rpc_wire *wire);

/* Waits until bytes came or left; *arrived may be empty. */
base_code rpc_wire_wait(rpc_wire *wire, base_slice *arrived, base_error *error);
