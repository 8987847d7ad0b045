/* address: see address.h. */
#include "server/address.h"

#include <stdlib.h>

static bool parse_port(const char *digits, unsigned *port) {
  size_t count = strspn(digits, "0123456789");
  if (count == 0 || count > 5 || digits[count] != '\0') return false;
  *port = (unsigned)strtoul(digits, NULL, 10);
  return *port <= 65535;
}

static bool parse(const char *text, server_address *address) {
  const char *colon = strrchr(text, ':');
  if (colon == NULL || !parse_port(colon + 1, &address->port)) return false;
  size_t size = (size_t)(colon - text);
  if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
    text++;
    size -= 2;
  } else if (memchr(text, ':', size) != NULL) {
    return false;
  }
  if (size == 0 || size >= sizeof address->host) return false;
  memcpy(address->host, text, size);
  address->host[size] = '\0';
  return true;
}

base_code server_address_parse(const char *text, server_address *address, base_error *error) {
  if (parse(text, address)) return BASE_OK;
  return base_error_set(error, BASE_INVALID_ARGUMENT, "listen",
                        "地址“%s”应写成 主机:端口，例如 127.0.0.1:7420",
                        "the address “%s” should be HOST:PORT, as in 127.0.0.1:7420", text);
}
