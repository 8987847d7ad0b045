/* signature: see signature.h.
 *
 * Memory, Threads, Fails: as the header says. */
#include "signature.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#define SECRET_MIN 24
#define TEXT_MAX 88 /* base64 of 64 bytes */

bool signature_secret_read(crm_slice text, signature_secret *secret) {
  static const char prefix[] = "whsec_";
  size_t skipped = sizeof prefix - 1;
  unsigned char decoded[TEXT_MAX];
  size_t padding = 0;
  if (text.size > skipped && memcmp(text.data, prefix, skipped) == 0) {
    text = (crm_slice){.data = text.data + skipped, .size = text.size - skipped};
  }
  if (text.size == 0 || text.size > TEXT_MAX || text.size % 4 != 0) return false;
  while (padding < 2 && text.data[text.size - 1 - padding] == '=') padding++;
  int size = EVP_DecodeBlock(decoded, (const unsigned char *)text.data, (int)text.size);
  if (size < (int)(SECRET_MIN + padding) || size > (int)(SIGNATURE_SECRET_MAX + padding)) {
    return false;
  }
  secret->size = (size_t)size - padding;
  memcpy(secret->bytes, decoded, secret->size);
  return true;
}

/* "v1," and the base64 of the digest. */
static void write_signature(const unsigned char *digest, char signature[SIGNATURE_SIZE]) {
  memcpy(signature, "v1,", 3);
  (void)EVP_EncodeBlock((unsigned char *)signature + 3, digest, 32);
}

void signature_make(const signature_secret *secret, const char *id, int64_t timestamp,
                    crm_slice body, char signature[SIGNATURE_SIZE]) {
  unsigned char digest[EVP_MAX_MD_SIZE] = {0};
  unsigned size = 0;
  char head[64];
  (void)snprintf(head, sizeof head, "%s.%" PRId64 ".", id, timestamp);
  size_t head_size = strlen(head);
  unsigned char *text = OPENSSL_malloc(head_size + body.size);
  if (text == NULL) abort();
  memcpy(text, head, head_size);
  memcpy(text + head_size, body.data, body.size);
  (void)HMAC(EVP_sha256(), secret->bytes, (int)secret->size, text, head_size + body.size, digest,
             &size);
  OPENSSL_free(text);
  write_signature(digest, signature);
}
