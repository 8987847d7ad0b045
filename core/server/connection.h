/* connection: how a subcommand reaches a running server: by the unix socket of a data directory, or
 * by TCP with a login.
 *
 * Memory:  the client belongs to the caller.  Threads: the main thread only.
 * Fails:   UNAVAILABLE with the address when no server answers; what the login answers. */
#pragma once

#include "rpc/rpc.h"
#include "server/options.h"

/* The options that the two functions look at; they stand first in a command's table. */
#define SERVER_CONNECTION_OPTIONS                                                                  \
  {"data", "DIR", "数据目录，经它的 haoke.sock 连接；缺省 HAOKE_DATA，否则 ./data",                \
   "data directory whose haoke.sock to use; default HAOKE_DATA, else ./data"},                     \
      {"connect", "HOST:PORT", "改用 TCP 连接", "connect by TCP instead"},                         \
      {"tls", NULL, "连接用 TLS", "with TLS"},                                                     \
      {"ca", "FILE", "用 TLS，信任这个 PEM 文件里的证书；缺省信任系统所信任的",                    \
       "with TLS, trusting the certificates in this PEM file; default those the system trusts"},   \
  {                                                                                                \
    "user", "NAME", "以这个用户的身份；TCP 的密码取自 HAOKE_PASSWORD 或提示输入",                  \
        "act as this user; for TCP the password comes from HAOKE_PASSWORD or a prompt"             \
  }

/* Opens, greets (language of the terminal) and logs in, or on a unix socket becomes the user. */
base_code server_connection_open(const server_options *options, rpc_client **client,
                                 base_error *error);
