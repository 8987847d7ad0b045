/* convert: a plugin's tables as the server's own. The arrays are walked with the sizes the plugin was
 * compiled with; what an older plugin does not have counts as zero, what a newer one has more is not
 * looked at.
 *
 * Memory:  tables are copied into plugin->arena; texts stay the plugin's, whose static data never
 *          goes.
 * Threads: any.
 * Fails:   VALIDATION_FAILED naming plugin, table and row: an unknown kind or flag, an op or rule
 *          without its function, a table without an end. */
#pragma once

#include "loader/plugin.h"

/* Fills plugin->package's config, types, ops and rules from plugin->entry. */
base_code loader_convert_tables(loader_plugin *plugin, base_error *error);
