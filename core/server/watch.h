/* watch: looks at the folders of packages and of plugins now and then, and has loaded what somebody put there:
 * a package's folder or a plugin's file that is new, or one of a loaded package that changed. It counts as
 * complete when its files were the same in two looks.
 *
 * What fails is logged, noted in the package's record, and tried again when the files change again. What was
 * there when the server started and is not loaded is left alone: there is not enabled.
 *
 * Memory:  the caller ends it before the loop and the engine.
 * Threads: the loop's. Loading is the engine's.
 * Fails:   never. */
#pragma once

#include "io/io.h"
#include "server/instance.h"

typedef struct server_watch server_watch;

/* NULL when packages.watch_ms is 0. The plugins' folder is looked at when there is one. */
server_watch *server_watch_new(io_loop *loop, const server_instance *instance);
void server_watch_free(server_watch *watch);
