/* api: what may be asked: op table, access, execution, timers' due calls, packages, description.
 *
 * The three doors (rpc, script, loader) meet here and know nothing of each other.
 * The nouns, one header each: */
#pragma once

#include "api/access.h"
#include "api/backup.h"
#include "api/engine.h"
#include "api/foresight.h"
#include "api/job.h"
#include "api/op.h"
#include "api/package.h"
#include "api/pause.h"
#include "api/registry.h"
#include "api/request.h"
#include "api/session.h"
#include "api/stored_package.h"
#include "api/subscription.h"
#include "api/verification.h"
#include "api/version.h"
