/* configuration: one JSON file, described by one field table, turned into the options of the rooms.
 *
 * Every key has a default, so that no file at all is a valid configuration.
 *
 * Memory:  what the configuration points at lives in the arena given.
 * Threads: loading: one. Reading: any.
 * Fails:   INVALID_ARGUMENT with the file and the dotted key ("limits.frame_bytes"); a key that does
 *          not exist gets "did you mean". NOT_FOUND when the file cannot be read. */
#pragma once

#include "base/log.h"
#include "rpc/rpc.h"
#include "script/script.h"
#include "store/store.h"

typedef struct server_configuration {
  const char *source;     /* the file, for messages; "defaults" when there is none */
  base_slice map;         /* the whole configuration with its defaults, msgpack */
  const data_zone *zone;  /* business.timezone */
  data_week week;         /* business.working_days, business.working_hours */
  base_language language; /* business.language */
  base_slice currency;    /* business.currency */
  const char *listen;
  const char *tls_listen; /* NULL: nobody is listened to in TLS */
  const char *tls_certificate;
  const char *tls_key;
  size_t tls_handshake_bytes;
  api_engine_options engine;
  rpc_options rpc;
  script_limits script;
  store_options store; /* but for the directory */
  base_slice enable;   /* msgpack array of package names */
  base_slice config;   /* msgpack map package name → its configuration */
  int64_t watch_ms;    /* packages.watch_ms */
  uint64_t drain_ms;   /* limits.drain_ms */
  base_log_level level;
} server_configuration;

/* The table of all keys; check-config and the reference are made from it. */
extern const data_field server_configuration_fields[];

/* `path` NULL: the defaults. */
base_code server_configuration_load(const char *path, base_arena *arena,
                                    server_configuration *configuration, base_error *error);

/* The same from JSON text; `source` names it in messages. */
base_code server_configuration_read(base_slice text, const char *source, base_arena *arena,
                                    server_configuration *configuration, base_error *error);
