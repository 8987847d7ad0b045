/* connection: see connection.h. The password is wiped after the login was sent. */
#include "server/connection.h"

#include <stdlib.h>

#include "server/message.h"
#include "server/prompt.h"

static base_code greet(rpc_client *client, base_error *error) {
  base_buffer params = {0};
  base_slice result;
  data_append_map(&params, 2);
  data_append_pair_text(&params, "client", "haoke");
  data_append_pair_text(&params, "lang", server_message_language_name(server_message_language()));
  base_code code =
      rpc_client_call(client, "session.hello", base_buffer_slice(&params), &result, error);
  base_buffer_fini(&params);
  return code;
}

static base_code log_in(rpc_client *client, const char *user, base_error *error) {
  char password[SERVER_PROMPT_MAX];
  BASE_TRY(server_prompt_password(user, password, error));
  base_buffer params = {0};
  base_slice result;
  data_append_map(&params, 2);
  data_append_pair_text(&params, "user", user);
  data_append_pair_text(&params, "password", password);
  base_code code =
      rpc_client_call(client, "auth.login", base_buffer_slice(&params), &result, error);
  explicit_bzero(password, sizeof password);
  explicit_bzero(params.data, params.size);
  base_buffer_fini(&params);
  return code;
}

static base_code become(rpc_client *client, const char *user, base_error *error) {
  base_buffer params = {0};
  base_slice result;
  data_append_map(&params, 1);
  data_append_pair_text(&params, "user", user);
  base_code code =
      rpc_client_call(client, "session.become", base_buffer_slice(&params), &result, error);
  base_buffer_fini(&params);
  return code;
}

static base_code introduce(rpc_client *client, const server_options *options, base_error *error) {
  const char *user = server_options_get(options, "user");
  BASE_TRY(greet(client, error));
  if (user == NULL) return BASE_OK;
  return server_options_get(options, "connect") == NULL ? become(client, user, error)
                                                        : log_in(client, user, error);
}

static base_code check_tls(const char *connect, bool tls, base_error *error) {
  if (!tls || connect != NULL) return BASE_OK;
  return base_error_set(error, BASE_INVALID_ARGUMENT, NULL,
                        "--tls 和 --ca 要与 --connect 主机:端口 一起使用",
                        "--tls and --ca go with --connect HOST:PORT");
}

base_code server_connection_open(const server_options *options, rpc_client **client,
                                 base_error *error) {
  const char *address = server_options_get(options, "connect");
  base_buffer path = {0};
  base_buffer_format(&path, "unix:%s/haoke.sock", server_options_data(options));
  base_buffer_byte(&path, '\0');
  const char *ca = server_options_get(options, "ca");
  rpc_client_options wanted = {.address = address != NULL ? address : (const char *)path.data,
                               .tls = server_options_get(options, "tls") != NULL || ca != NULL,
                               .ca = ca};
  base_code code = check_tls(address, wanted.tls, error);
  if (code == BASE_OK) code = rpc_client_open(&wanted, client, error);
  base_buffer_fini(&path);
  BASE_TRY(code);
  code = introduce(*client, options, error);
  if (code != BASE_OK) rpc_client_close(*client);
  return code;
}
