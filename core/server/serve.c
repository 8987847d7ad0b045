/* serve: the server in the foreground, from the configuration to the last reply.
 *
 * Start: configuration, store, packages, engine, listeners, the `ready` line. End: the first SIGTERM
 * or SIGINT stops new requests and lets those under way be answered; a second one closes at once. SIGHUP
 * reads the certificate and the configuration anew.
 *
 * Memory:  all of it ends with serve.  Threads: main is the loop.
 * Fails:   exit status 1 with "CODE: text", and nothing half started stays behind. */
#include <signal.h>
#include <sys/resource.h>

#include "server/address.h"
#include "server/command.h"
#include "server/instance.h"
#include "server/message.h"
#include "server/notify.h"
#include "server/packages.h"
#include "server/watch.h"

#define SPARE_DESCRIPTORS 64 /* besides connections: store, packages, listeners, the loop's own */

typedef struct serving {
  server_configuration configuration;
  server_instance instance;
  io_loop *loop;
  rpc_server *rpc;
  io_tls *tls;         /* NULL: not configured */
  const char *file;    /* the configuration's; NULL: there is none */
  server_watch *watch; /* of the folder of packages, or NULL */
  io_timer *watchdog;  /* tells the service manager that the loop goes round, or NULL */
  bool draining;
} serving;

static void stop_loop(void *self) {
  io_loop_stop(((serving *)self)->loop);
}

static void take_signal(int signal, void *self) {
  serving *server = self;
  base_log(BASE_LOG_INFO, "server.stopping", "signal=%d again=%d", signal, (int)server->draining);
  if (server->draining) {
    io_loop_stop(server->loop);
    return;
  }
  server->draining = true;
  server_notify("STOPPING=1\nSTATUS=answering what is under way");
  api_engine_drain(server->instance.engine);
  rpc_server_drain(server->rpc, server->configuration.drain_ms, stop_loop, server);
}

/* The certificate, and of the configuration what can change while the server runs, the packages' own too.
 * Where something is wrong, all stays as it was. */
static base_code reload(serving *server, base_arena *arena, base_error *error) {
  server_configuration configuration;
  BASE_TRY(server_configuration_load(server->file, arena, &configuration, error));
  BASE_TRY(api_engine_check_configs(server->instance.engine, configuration.config, error));
  if (server->tls != NULL) BASE_TRY(io_tls_reload(server->tls, error));
  api_engine_reconfigure(server->instance.engine, configuration.config);
  base_log_set_level(configuration.level);
  api_engine_log_slow(server->instance.engine, configuration.engine.slow_ms);
  rpc_server_configure(server->rpc, &configuration.rpc);
  server->configuration.drain_ms = configuration.drain_ms;
  return BASE_OK;
}

static void take_hangup(int signal, void *self) {
  serving *server = self;
  base_error error = server_message_error();
  base_arena *arena = base_arena_new();
  (void)signal;
  server_notify_reloading();
  if (reload(server, arena, &error) == BASE_OK) {
    base_log(BASE_LOG_INFO, "server.reloaded", "file=\"%s\" tls=%d", server->configuration.source,
             (int)(server->tls != NULL));
  } else {
    base_log(BASE_LOG_ERROR, "server.reload_failed", "code=%s text=\"%s\"",
             base_code_name(error.code), error.message);
  }
  server_notify("READY=1");
  base_arena_free(arena);
}

/* As many descriptors as the configured connections take, as far as the system allows. */
static void raise_descriptors(size_t connections) {
  struct rlimit limit;
  rlim_t wanted = (rlim_t)(connections + SPARE_DESCRIPTORS);
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted) {
    base_log(BASE_LOG_WARN, "server.descriptors", "have=%llu wanted=%llu",
             (unsigned long long)limit.rlim_cur, (unsigned long long)wanted);
  }
}

static base_code open_loop(serving *server, base_error *error) {
  BASE_TRY(io_loop_new(&server->loop, error));
  BASE_TRY(io_loop_on_signal(server->loop, SIGTERM, take_signal, server, error));
  BASE_TRY(io_loop_on_signal(server->loop, SIGINT, take_signal, server, error));
  BASE_TRY(io_loop_on_signal(server->loop, SIGHUP, take_hangup, server, error));
  server->rpc = rpc_server_new(server->loop, server->instance.engine, &server->configuration.rpc);
  return BASE_OK;
}

static base_code listen_tls(serving *server, char bound[64], base_error *error) {
  const server_configuration *configuration = &server->configuration;
  server_address address;
  if (configuration->tls_listen == NULL) return BASE_OK;
  BASE_TRY(server_address_parse(configuration->tls_listen, &address, error));
  BASE_TRY(io_tls_new_server(configuration->tls_certificate, configuration->tls_key,
                             configuration->tls_handshake_bytes, &server->tls, error));
  return rpc_server_listen_tls(server->rpc, server->tls, address.host, address.port, bound, error);
}

static base_code listen_and_run(serving *server, const char *listen, base_error *error) {
  server_address address;
  char bound[64];
  char bound_tls[64];
  const char *path =
      base_arena_format(server->instance.arena, "%s/haoke.sock", server->instance.data);
  BASE_TRY(server_address_parse(listen, &address, error));
  BASE_TRY(open_loop(server, error));
  BASE_TRY(rpc_server_listen_unix(server->rpc, path, error));
  BASE_TRY(rpc_server_listen_tcp(server->rpc, address.host, address.port, bound, error));
  BASE_TRY(listen_tls(server, bound_tls, error));
  server->watch = server_watch_new(server->loop, &server->instance);
  (void)printf("ready tcp=%s unix=%s%s%s\n", bound, path,
               server->tls == NULL ? "" : " tls=", server->tls == NULL ? "" : bound_tls);
  (void)fflush(stdout);
  server_notify("READY=1\nSTATUS=serving");
  server->watchdog = server_notify_watchdog(server->loop);
  io_loop_run(server->loop);
  return BASE_OK;
}

static base_code start(serving *server, const server_options *options, base_error *error) {
  server_instance *instance = &server->instance;
  server->file = server_options_get(options, "config");
  BASE_TRY(server_configuration_load(server->file, instance->arena, &server->configuration, error));
  base_log_set_level(server->configuration.level);
  raise_descriptors(server->configuration.rpc.connections);
  base_log(BASE_LOG_INFO, "server.start", "version=%s data=\"%s\"", HAOKE_VERSION, instance->data);
  BASE_TRY(server_instance_open(instance, error));
  BASE_TRY(server_instance_load(instance, server_options_get(options, "enable"), error));
  BASE_TRY(server_instance_start(instance, error));
  const char *listen = server_options_get(options, "listen");
  return listen_and_run(server, listen == NULL ? server->configuration.listen : listen, error);
}

/* Requests point at connections and at the engine: listeners and connections end first. */
static void finish(serving *server) {
  server_watch_free(server->watch);
  io_timer_free(server->watchdog);
  if (server->rpc != NULL) rpc_server_free(server->rpc);
  server_instance_stop(&server->instance);
  if (server->loop != NULL) io_loop_free(server->loop);
  io_tls_free(server->tls);
  base_arena_free(server->instance.arena);
  data_zone_fini();
}

static const char *given_or(const char *given, const char *standard) {
  return given == NULL ? standard : given;
}

static int serve(const server_options *options) {
  serving server = {0};
  base_error error = server_message_error();
  server.instance = (server_instance){
      .configuration = &server.configuration,
      .arena = base_arena_new(),
      .data = server_options_data(options),
      .packages = given_or(server_options_get(options, "packages"), server_packages_directory()),
      .plugins =
          given_or(server_options_get(options, "plugins"), server_packages_plugins_directory()),
      .test_clock = server_options_get(options, "test-clock")};
  (void)signal(SIGPIPE, SIG_IGN);
  base_code code = start(&server, options, &error);
  finish(&server);
  if (code != BASE_OK) return server_message_fail(&error);
  base_log(BASE_LOG_INFO, "server.stopped", "data=\"%s\"", server_options_data(options));
  return 0;
}

static const server_option options_table[] = {
    {"data", "DIR", "数据目录；不存在就新建。缺省 HAOKE_DATA，否则 ./data",
     "data directory, created when missing; default HAOKE_DATA, else ./data"},
    {"listen", "HOST:PORT", "TCP 地址；端口 0 取一个空闲的。缺省 127.0.0.1:7420",
     "TCP address; port 0 takes a free one; default 127.0.0.1:7420"},
    {"config", "FILE", "JSON 配置文件（见 check-config）", "JSON configuration (see check-config)"},
    {"packages", "DIR", "Lua 包的目录", "folder of Lua packages"},
    {"plugins", "DIR", "插件的目录", "folder of plugins"},
    {"enable", "NAME,…", "启用的包，连同它们需要的；缺省 " HAOKE_DEFAULT_PACKAGES,
     "packages to enable, with what they need; default " HAOKE_DEFAULT_PACKAGES},
    {"test-clock", "INSTANT", "用停着的测试时钟，从这一刻开始",
     "a test clock that stands still, beginning at this instant"},
    {0}};

const server_command server_command_serve = {
    .name = "serve",
    .usage = "[--data DIR] [--listen HOST:PORT] [--config FILE] [--enable NAME,…] …",
    .zh = "运行服务器",
    .en = "run the server",
    .about_zh =
        "在前台运行服务器。能回答请求时在标准输出打印一行 “ready tcp=… unix=…”。\n"
        "SIGTERM 或 SIGINT：回答完手上的请求再退出。SIGHUP：重读 TLS 证书，以及配置中的 limits、"
        "log 和 packages.config。\n"
        "数据：打开数据目录（没有就新建），写入启用的包所带的类型，然后触发停机期间到期的定时任务"
        "。",
    .about_en =
        "Runs the server in the foreground. When it answers requests it prints one line on "
        "standard\n"
        "output, “ready tcp=… unix=…”. SIGTERM or SIGINT: answers what is under way, then ends.\n"
        "SIGHUP: reads the TLS certificate anew, and limits, log and packages.config of the "
        "configuration.\n"
        "Data: opens the data directory (made when missing), writes the types of the packages "
        "that\n"
        "are enabled, and fires the timers that came due while no server was running.",
    .options = options_table,
    .run = serve};
