/* password: Argon2id hash texts. See password.h.
 * Memory:  libsodium allocates, wipes and frees the work memory.  Threads: any.
 * Fails:   INTERNAL without work memory, or when the cost is below the algorithm's least. */
#include "base/password.h"

#include <sodium.h>

_Static_assert(BASE_PASSWORD_SIZE >= crypto_pwhash_STRBYTES, "a hash text must fit");

static size_t memory_of(base_password_cost cost) {
  return (size_t)cost.memory_kib * 1024;
}

/* libsodium takes text; an empty slice may have no bytes to point at. */
static const char *text_of(base_slice password) {
  return password.size == 0 ? "" : (const char *)password.data;
}

base_code base_password_hash(base_slice password, base_password_cost cost,
                             char out[BASE_PASSWORD_SIZE], base_error *error) {
  int status = crypto_pwhash_str_alg(out, text_of(password), password.size, cost.passes,
                                     memory_of(cost), crypto_pwhash_ALG_ARGON2ID13);
  if (status == 0) return BASE_OK;
  return base_error_set(error, BASE_INTERNAL, NULL,
                        "无法计算密码哈希（%u 轮，%u KiB 内存）：请减小密码哈希的开销或增加内存",
                        "the password hash (%u passes, %u KiB) could not be computed: lower the "
                        "password cost or add memory",
                        cost.passes, cost.memory_kib);
}

static bool is_well_formed(const char *hash, base_password_cost cost) {
  static const char prefix[] = crypto_pwhash_argon2id_STRPREFIX;
  return hash != NULL && strncmp(hash, prefix, sizeof prefix - 1) == 0 &&
         strlen(hash) < crypto_pwhash_STRBYTES &&
         crypto_pwhash_str_needs_rehash(hash, cost.passes, memory_of(cost)) >= 0;
}

/* The time of an answer must not tell whether there is such a user. */
static void spend_as_much(base_slice password, base_password_cost cost) {
  static const uint8_t salt[crypto_pwhash_SALTBYTES] = {0};
  uint8_t digest[32];
  int status = crypto_pwhash(digest, sizeof digest, text_of(password), password.size, salt,
                             cost.passes, memory_of(cost), crypto_pwhash_ALG_ARGON2ID13);
  if (status == 0) sodium_memzero(digest, sizeof digest);
}

bool base_password_check(base_slice password, const char *hash, base_password_cost cost) {
  if (!is_well_formed(hash, cost)) {
    spend_as_much(password, cost);
    return false;
  }
  return crypto_pwhash_str_verify(hash, text_of(password), password.size) == 0;
}
