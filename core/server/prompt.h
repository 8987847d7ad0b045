/* prompt: a password, from the environment or typed without echo.
 *
 * Memory:  the caller's, who wipes it.  Threads: the main thread only.
 * Fails:   UNAUTHENTICATED when HAOKE_PASSWORD is not set and there is no terminal to ask on, or
 *          what was typed is longer than fits. */
#pragma once

#include "base/error.h"

#define SERVER_PROMPT_MAX 256

base_code server_prompt_password(const char *user, char password[SERVER_PROMPT_MAX],
                                 base_error *error);
