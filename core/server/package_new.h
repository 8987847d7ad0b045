/* package_new: a complete small package to begin with, made from core/server/template.
 *
 * Memory:  none kept.  Threads: the main thread only.
 * Fails:   INVALID_ARGUMENT for a name that no package can have, DUPLICATE when there is something of
 *          that name, NOT_FOUND without the folder, UNAVAILABLE when a file cannot be written; then
 *          nothing is left. */
#pragma once

#include "base/error.h"

/* Makes DIRECTORY/NAME. */
base_code server_package_new(const char *directory, const char *name, base_error *error);

/* Writes a file of the program; `word` is put in the place of "template" where it is not NULL. */
base_code server_package_write(const char *path, const unsigned char *text, const char *word,
                               base_error *error);

/* Makes a folder, which may be there already when `existing`. */
base_code server_package_folder(const char *path, bool existing, base_error *error);
