/* watch: looks at the folder of packages now and then, and has those loaded that somebody put there: a folder
 * that is new, or one of a loaded package whose files changed. A folder counts as complete when its files
 * were the same in two looks.
 *
 * What fails is logged, noted in the package's record, and tried again when the files change again. A folder
 * that was there when the server started and whose package is not loaded is left alone: there is not
 * enabled.
 *
 * Memory:  the caller ends it before the loop and the engine.
 * Threads: the loop's. Loading is the engine's.
 * Fails:   never. */
#pragma once

#include "io/io.h"
#include "server/instance.h"

typedef struct server_watch server_watch;

/* NULL when packages.watch_ms is 0. */
server_watch *server_watch_new(io_loop *loop, const server_instance *instance);
void server_watch_free(server_watch *watch);
