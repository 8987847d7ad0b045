/* signature: secrets and signatures as Standard Webhooks has them (www.standardwebhooks.com, version 1):
 * HMAC-SHA256 over "ID.TIMESTAMP.BODY" under a secret of 24 to 64 random bytes.
 *
 * Memory:  the caller's.
 * Threads: any.
 * Fails:   signature_secret: false for what is no such secret. */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include <crm/plugin.h>

#define SIGNATURE_SECRET_MAX 64
#define SIGNATURE_SIZE 48 /* "v1," and 44 letters of base64, and a NUL */

typedef struct signature_secret {
  unsigned char bytes[SIGNATURE_SECRET_MAX];
  size_t size;
} signature_secret;

/* Base64, with "whsec_" before it or without. */
bool signature_secret_read(crm_slice text, signature_secret *secret);

void signature_make(const signature_secret *secret, const char *id, int64_t timestamp,
                    crm_slice body, char signature[SIGNATURE_SIZE]);

#endif
