/* address: see address.h. The networks are those of the IANA special-purpose address registries (RFC 6890)
 * that are not globally reachable.
 *
 * Memory, Threads, Fails: as the header says. */
#include "address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct network {
  unsigned char bytes[16];
  unsigned bits;
} network;

static const network networks_4[] = {
    {{0}, 8},             /* this network */
    {{10}, 8},            /* private */
    {{100, 64}, 10},      /* shared by a provider's customers */
    {{127}, 8},           /* loopback */
    {{169, 254}, 16},     /* link-local, with what clouds tell their machines */
    {{172, 16}, 12},      /* private */
    {{192, 0, 0}, 24},    /* protocol assignments */
    {{192, 0, 2}, 24},    /* documentation */
    {{192, 168}, 16},     /* private */
    {{198, 18}, 15},      /* benchmarks */
    {{198, 51, 100}, 24}, /* documentation */
    {{203, 0, 113}, 24},  /* documentation */
    {{224}, 3},           /* multicast, reserved, broadcast */
};

static const network networks_6[] = {
    {{0}, 96},                         /* unspecified, loopback, IPv4-compatible */
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48}, /* local translation */
    {{0x01, 0}, 64},                   /* discard */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},    /* documentation */
    {{0xfc}, 7},                       /* unique local */
    {{0xfe, 0x80}, 10},                /* link-local */
    {{0xfe, 0xc0}, 10},                /* site-local */
    {{0xff}, 8},                       /* multicast */
};

static bool is_in(const network *of, const unsigned char *bytes) {
  unsigned whole = of->bits / 8;
  unsigned rest = of->bits % 8;
  unsigned char mask = (unsigned char)(0xff00u >> rest);
  if (memcmp(of->bytes, bytes, whole) != 0) return false;
  return rest == 0 || ((of->bytes[whole] ^ bytes[whole]) & mask) == 0;
}

static bool is_private_4(const unsigned char *bytes) {
  for (size_t i = 0; i < sizeof networks_4 / sizeof networks_4[0]; i++) {
    if (is_in(&networks_4[i], bytes)) return true;
  }
  return false;
}

/* IPv4 inside IPv6: mapped, translated (RFC 6052), 6to4. */
static bool is_private_6(const unsigned char *bytes) {
  static const network mapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
  static const network translated = {{0, 0x64, 0xff, 0x9b}, 96};
  static const network six_to_four = {{0x20, 0x02}, 16};
  if (is_in(&mapped, bytes) || is_in(&translated, bytes)) return is_private_4(bytes + 12);
  if (is_in(&six_to_four, bytes)) return is_private_4(bytes + 2);
  for (size_t i = 0; i < sizeof networks_6 / sizeof networks_6[0]; i++) {
    if (is_in(&networks_6[i], bytes)) return true;
  }
  return false;
}

bool address_is_private(const struct sockaddr *address) {
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
    return is_private_4((const unsigned char *)&four->sin_addr);
  }
  if (address->sa_family == AF_INET6) {
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    return is_private_6(six->sin6_addr.s6_addr);
  }
  return true;
}
