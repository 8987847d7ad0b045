/* simulate_offline: what would happen, told by this process, on a copy of a data directory that nobody serves or of a
 * backup. What is copied is only read.
 *
 * Memory:  none kept; the copy lies in TMPDIR and is removed.
 * Threads: main; the copy's engine brings its lanes.
 * Fails:   through `error`. */
#pragma once

#include "api/api.h"
#include "server/options.h"

/* Everything but the data and the packages comes from the options --config, --packages, --plugins, --now and
 * --until. `served` says that somebody has the directory open, and that nothing was done.  `zone` is set before
 * foresight->keep is called for the first time. */
base_code server_simulate_offline(const server_options *options, api_foresight *foresight,
                                  const data_zone **zone, bool *served, base_error *error);

/* The further options of the command. */
#define SERVER_SIMULATE_OPTIONS                                                                    \
  {"now", "INSTANT", "没有服务器时：从这一时刻开始；缺省为现在",                                   \
   "without a server: begin at this instant; default the present"},                                \
      {"config", "FILE", "没有服务器时：它的配置文件", "without a server: its configuration"},     \
      {"packages", "DIR", "没有服务器时：脚本包的目录", "without a server: folder of packages"}, { \
    "plugins", "DIR", "没有服务器时：插件的目录", "without a server: folder of plugins"            \
  }
