/* plan: what is asked, as bytes with places that are filled in anew for each request. The generator
 * knows no op, table or statement: whoever writes the plan (plan.py) does.
 *
 *   protocol NAME               msgpack, iproto, resp or postgres: how replies are framed
 *   prelude REPLIES HEX         sent first on each connection; so many replies come back
 *   request WEIGHT LEAST        a kind of request, its share, the bytes of a good reply at least
 *   bytes HEX
 *   tag                         4 bytes, big endian: the number by which the reply names the request
 *   number FORMAT WIDTH LEAST MOST FACTOR MODULUS
 *                               n × FACTOR mod MODULUS (0: none) of a random n from LEAST to MOST, as
 *                               WIDTH bytes: big endian (`big`) or decimal digits (`digits`)
 *   choice HEX HEX …            one of these
 *
 * A prelude of protocol iproto counts the greeting as a reply.
 *
 * Memory:  the plan's own until plan_free.  Threads: one.
 * Fails:   a plan that cannot be read ends the program with the number of the line. */
#pragma once

#include "buffer.h"
#include "chance.h"
#include "reply.h"

typedef struct plan plan;

plan *plan_read(const char *path);
void plan_free(plan *asked);
reply_protocol plan_protocol(const plan *asked);

/* The bytes of the prelude, and how many replies it has. */
const buffer *plan_prelude(const plan *asked, size_t *replies);

/* Appends a request with that tag; returns the kind of it. */
size_t plan_append(const plan *asked, chance *dice, uint32_t tag, buffer *out);

/* Bytes of a good reply to that kind of request, at least. */
size_t plan_least(const plan *asked, size_t kind);
