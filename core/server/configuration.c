/* configuration: file → JSON → msgpack → validated map → options. See configuration.h. */
#include "server/configuration.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "server/address.h"
#include "server/json.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

static base_slice section(base_slice map, const char *name) {
  data_value value;
  return data_map_find(map, name, &value) ? value.raw : (base_slice){0};
}

static size_t size_at(base_slice map, const char *key) {
  return (size_t)data_map_integer(map, key, 0);
}

static data_limits limits_at(base_slice limits, bool open) {
  return (data_limits){
      .bytes = size_at(limits, open ? "open_frame_bytes" : "frame_bytes"),
      .depth = size_at(limits, open ? "open_frame_depth" : "frame_depth"),
      .items = size_at(limits, open ? "open_frame_items" : "frame_items"),
      .map_entries = size_at(limits, open ? "open_frame_map_entries" : "frame_map_entries"),
  };
}

static base_log_level level_at(base_slice log) {
  static const char *const names[] = {"debug", "info", "warn", "error"};
  base_slice name = data_map_text(log, "level");
  base_log_level level = BASE_LOG_DEBUG;
  while (level < BASE_LOG_ERROR && !base_slice_is(name, names[level])) level++;
  return level;
}

static api_guess_options guesses_at(base_slice login) {
  return (api_guess_options){
      .window_ms = data_map_integer(login, "window_s", 0) * 1000,
      .pair = size_at(login, "pair"),
      .user = size_at(login, "user"),
      .address = size_at(login, "address"),
      .kept = size_at(login, "kept"),
      .share_percent = (unsigned)size_at(login, "share_percent"),
      .strangers = size_at(login, "strangers"),
      .networks = size_at(login, "networks"),
  };
}

static api_delivery_options deliveries_at(base_slice deliveries) {
  return (api_delivery_options){
      .attempts = data_map_integer(deliveries, "attempts", 0),
      .retry_first_ms = data_map_integer(deliveries, "retry_first_ms", 0),
      .retry_most_ms = data_map_integer(deliveries, "retry_most_ms", 0),
      .kept = data_map_integer(deliveries, "kept", 0),
      .data_bytes = size_at(deliveries, "data_bytes"),
  };
}

static void fill_engine(const server_configuration *from, base_arena *arena,
                        api_engine_options *engine) {
  base_slice import = section(from->map, "import");
  base_slice reads = section(from->map, "reads");
  base_slice password = section(from->map, "password");
  base_slice backup = section(from->map, "backup");
  base_slice journal = section(from->map, "journal");
  base_slice archive = data_map_text(journal, "archive");
  *engine = (api_engine_options){
      .reader_lanes = (unsigned)size_at(reads, "lanes"),
      .group_ops = size_at(section(from->map, "writer"), "group_ops"),
      .group_bytes = size_at(section(from->map, "writer"), "group_bytes"),
      .group_ms = data_map_integer(section(from->map, "writer"), "group_ms", 0),
      .prepare_waiting = size_at(section(from->map, "prepare"), "waiting"),
      .reads_on_loop = data_map_boolean(reads, "on_loop", false),
      .loop_rows = data_map_integer(reads, "loop_rows", 0),
      .password = {.passes = (unsigned)size_at(password, "passes"),
                   .memory_kib = (unsigned)size_at(password, "memory_kib")},
      .guesses = guesses_at(section(from->map, "login")),
      .password_length = size_at(password, "length"),
      .limits = section(from->map, "limits"),
      .language = from->language,
      .script_instructions = data_map_integer(section(from->map, "script"), "instructions", 0),
      .result_bytes = size_at(section(from->map, "limits"), "result_bytes"),
      .scan_rows = data_map_integer(section(from->map, "limits"), "scan_rows", 0),
      .custom_fields = data_map_integer(section(from->map, "limits"), "custom_fields", 0),
      .build_rows = data_map_integer(section(from->map, "writer"), "build_rows", 0),
      .week = from->week,
      .drain_ms = data_map_integer(section(from->map, "plugins"), "drain_ms", 0),
      .currency = from->currency,
      .read_log_kept = data_map_integer(reads, "log_kept", 0),
      .logged_records = data_map_integer(section(from->map, "limits"), "logged_records", 0),
      .shares = data_map_integer(section(from->map, "limits"), "shares", 0),
      .failure_kept = data_map_integer(section(from->map, "failures"), "kept", 0),
      .missed_ms = data_map_integer(section(from->map, "timers"), "missed_ms", 0),
      .simulate_items = data_map_integer(section(from->map, "simulate"), "items", 0),
      .slow_ms = data_map_integer(section(from->map, "log"), "slow_ms", 0),
      .package_kept = data_map_integer(section(from->map, "packages"), "kept", 0),
      .delivery = deliveries_at(section(from->map, "deliveries")),
      .job_kept = data_map_integer(section(from->map, "jobs"), "kept", 0),
      .backup_directory = base_arena_text(arena, data_map_text(backup, "directory")),
      .skip_ids = data_map_integer(section(from->map, "restore"), "skip_ids", 0),
      .keep_ms = data_map_integer(journal, "keep_days", 0) * DAY_MS,
      .archive = archive.size == 0 ? NULL : base_arena_text(arena, archive),
      .export_bytes = size_at(section(from->map, "export"), "piece_bytes"),
      .import = {.commit_rows = data_map_integer(import, "commit_rows", 0),
                 .row_bytes = size_at(import, "row_bytes"),
                 .failures = data_map_integer(import, "failures", 0),
                 .dry_run_bytes = size_at(import, "dry_run_bytes"),
                 .directory = base_arena_text(arena, data_map_text(import, "directory"))},
  };
}

static void fill_rpc(const server_configuration *from, rpc_options *rpc) {
  base_slice limits = section(from->map, "limits");
  *rpc = (rpc_options){
      .frame = limits_at(limits, false),
      .frame_open = limits_at(limits, true),
      .outstanding = size_at(limits, "outstanding"),
      .output_bytes = size_at(limits, "output_bytes"),
      .connections = size_at(limits, "connections"),
      .connections_open = size_at(limits, "open_connections"),
      .connections_network = size_at(limits, "network_connections"),
      .requests = size_at(limits, "requests"),
      .replies_bytes = size_at(limits, "replies_bytes"),
      .rate = size_at(limits, "rate"),
      .rate_open = size_at(limits, "open_rate"),
      .login_ms = size_at(limits, "login_ms"),
      .frame_ms = size_at(limits, "frame_ms"),
      .stalled_ms = size_at(limits, "stalled_ms"),
      .keepalive_s = (unsigned)size_at(limits, "keepalive_s"),
      .event_lag = size_at(limits, "event_lag"),
      .language = from->language,
      .owner_uid = (int64_t)geteuid(),
  };
}

static base_code fill_tls(server_configuration *to, base_arena *arena, base_error *error) {
  base_slice tls = section(to->map, "tls");
  base_slice listen = data_map_text(tls, "listen");
  base_slice certificate = data_map_text(tls, "certificate");
  base_slice key = data_map_text(tls, "key");
  server_address address;
  to->tls_handshake_bytes = size_at(tls, "handshake_bytes");
  if (listen.size == 0) return BASE_OK;
  to->tls_listen = base_arena_text(arena, listen);
  to->tls_certificate = base_arena_text(arena, certificate);
  to->tls_key = base_arena_text(arena, key);
  if (certificate.size == 0 || key.size == 0) {
    return base_error_set(
        error, BASE_INVALID_ARGUMENT, certificate.size == 0 ? "tls.certificate" : "tls.key",
        "设置了 tls.listen，还需要 tls.certificate 和 tls.key（PEM 文件）",
        "with tls.listen there have to be tls.certificate and tls.key (PEM files)");
  }
  if (server_address_parse(to->tls_listen, &address, error) == BASE_OK) return BASE_OK;
  (void)snprintf(error->field, sizeof error->field, "tls.listen");
  return error->code;
}

static base_code fill(server_configuration *to, base_arena *arena, base_error *error) {
  base_slice business = section(to->map, "business");
  base_slice script = section(to->map, "script");
  base_slice data_file = section(to->map, "store");
  server_address address;
  if (data_zone_find(data_map_text(business, "timezone"), &to->zone, error) != BASE_OK) {
    (void)snprintf(error->field, sizeof error->field, "business.timezone");
    return error->code = BASE_INVALID_ARGUMENT;
  }
  if (data_week_read(section(business, "working_days"), section(business, "working_hours"),
                     &to->week, error) != BASE_OK) {
    base_error_within(error, "business");
    return error->code = BASE_INVALID_ARGUMENT;
  }
  to->listen = base_arena_text(arena, data_map_text(to->map, "listen"));
  BASE_TRY(server_address_parse(to->listen, &address, error));
  BASE_TRY(fill_tls(to, arena, error));
  to->language = base_slice_is(data_map_text(business, "language"), "en") ? BASE_EN : BASE_ZH;
  to->currency = data_map_text(business, "currency");
  to->script = (script_limits){.milliseconds = data_map_integer(script, "milliseconds", 0),
                               .memory = size_at(script, "memory_bytes"),
                               .allocation = size_at(script, "allocation_bytes"),
                               .nesting = data_map_integer(script, "nesting", 0),
                               .rows_read = data_map_integer(script, "rows_read", 0),
                               .rows_written = data_map_integer(script, "rows_written", 0),
                               .timers = data_map_integer(script, "timers", 0),
                               .log_bytes = data_map_integer(script, "log_bytes", 0),
                               .deliveries = data_map_integer(script, "deliveries", 0),
                               .instructions = data_map_integer(script, "load_instructions", 0)};
  to->store = (store_options){.map_bytes = size_at(data_file, "map_bytes"),
                              .change_set_bytes = size_at(data_file, "change_set_bytes"),
                              .segment_bytes = size_at(data_file, "segment_bytes"),
                              .drain_ops = size_at(data_file, "drain_ops"),
                              .drain_bytes = size_at(data_file, "drain_bytes"),
                              .drain_ms = size_at(data_file, "drain_ms"),
                              .reserve_bytes = size_at(data_file, "reserve_bytes"),
                              .tail_bytes = size_at(data_file, "tail_bytes")};
  to->enable = section(section(to->map, "packages"), "enable");
  to->config = section(section(to->map, "packages"), "config");
  to->watch_ms = data_map_integer(section(to->map, "packages"), "watch_ms", 0);
  to->drain_ms = (uint64_t)data_map_integer(section(to->map, "limits"), "drain_ms", 0);
  to->level = level_at(section(to->map, "log"));
  fill_engine(to, arena, &to->engine);
  fill_rpc(to, &to->rpc);
  return BASE_OK;
}

/* Sections that are not written get an empty map, so that the defaults inside them apply. */
static void append_with_sections(base_slice map, base_buffer *out) {
  size_t pairs = 0;
  size_t place = data_append_open_map(out);
  data_walk walk = data_walk_begin(map);
  while (data_walk_next(&walk)) {
    if (walk.value.type == DATA_NIL) continue;
    data_append_raw(out, walk.key.raw);
    data_append_raw(out, walk.value.raw);
    pairs++;
  }
  for (const data_field *field = server_configuration_fields; field->name != NULL; field++) {
    data_value present;
    bool written = data_map_find(map, field->name, &present) && present.type != DATA_NIL;
    if (field->kind != DATA_KIND_MAP || written) continue;
    data_append_text(out, field->name);
    data_append_map(out, 0);
    pairs++;
  }
  data_append_close(out, place, pairs);
}

/* Puts the file and the key in front of what is wrong with it. */
static base_code explain(const char *source, base_error *error) {
  base_error inner = *error;
  const char *format = inner.field[0] == '\0' ? "%s%s: %s" : "%s: %s: %s";
  (void)snprintf(error->message, sizeof error->message, format, source, inner.field, inner.message);
  return error->code;
}

static base_code read_map(base_slice map, base_arena *arena, server_configuration *to,
                          base_error *error) {
  base_buffer complete = {0};
  base_buffer valid = {0};
  append_with_sections(map, &complete);
  base_code code = data_validate(server_configuration_fields, base_buffer_slice(&complete),
                                 DATA_VALIDATE_DEFAULTS, BASE_INVALID_ARGUMENT, &valid, error);
  to->map = base_arena_slice(arena, base_buffer_slice(&valid));
  base_buffer_fini(&complete);
  base_buffer_fini(&valid);
  BASE_TRY(code);
  return fill(to, arena, error);
}

base_code server_configuration_read(base_slice text, const char *source, base_arena *arena,
                                    server_configuration *configuration, base_error *error) {
  *configuration =
      (server_configuration){.source = base_arena_text(arena, base_slice_text(source))};
  base_buffer map = {0};
  base_code code = server_json_read(text, source, &map, error);
  if (code == BASE_OK && data_peek(base_buffer_slice(&map)).type != DATA_MAP) {
    code = base_error_set(error, BASE_INVALID_ARGUMENT, NULL, "%s：配置应是一个 JSON 对象 {…}",
                          "%s: a configuration is one JSON object {…}", source);
  } else if (code == BASE_OK) {
    code = read_map(base_buffer_slice(&map), arena, configuration, error);
    if (code != BASE_OK) code = explain(source, error);
  }
  base_buffer_fini(&map);
  return code;
}

static base_code read_file(const char *path, base_buffer *text, base_error *error) {
  FILE *file = fopen(path, "rb");
  size_t got = 0;
  if (file != NULL) {
    do {
      got = fread(base_buffer_reserve(text, 4096), 1, 4096, file);
      text->size += got;
    } while (got != 0);
  }
  bool failed = file == NULL || ferror(file) != 0;
  int reason = errno;
  if (file != NULL) (void)fclose(file);
  if (!failed) return BASE_OK;
  return base_error_set(error, BASE_NOT_FOUND, NULL, "读不到配置文件 %s：%s",
                        "cannot read the configuration file %s: %s", path, strerror(reason));
}

base_code server_configuration_load(const char *path, base_arena *arena,
                                    server_configuration *configuration, base_error *error) {
  if (path == NULL) {
    return server_configuration_read(base_slice_text("{}"), "defaults", arena, configuration,
                                     error);
  }
  base_buffer text = {0};
  base_code code = read_file(path, &text, error);
  if (code == BASE_OK) {
    code = server_configuration_read(base_buffer_slice(&text), path, arena, configuration, error);
  }
  base_buffer_fini(&text);
  return code;
}
