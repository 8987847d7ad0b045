/* model: what is true in a CRM: types, records, where, rules, states, timers as rows.
 *
 * Knows neither sockets nor scripts; what it needs from above comes as function pointers (rules,
 * crm_ctx.call). The nouns, one header each: */
#pragma once

#include "model/access.h"
#include "model/adopt.h"
#include "model/alias.h"
#include "model/budget.h"
#include "model/calendar.h"
#include "model/check.h"
#include "model/ctx.h"
#include "model/find.h"
#include "model/history.h"
#include "model/index.h"
#include "model/link.h"
#include "model/permission.h"
#include "model/personal.h"
#include "model/reads.h"
#include "model/record.h"
#include "model/rule.h"
#include "model/schema.h"
#include "model/search.h"
#include "model/span.h"
#include "model/states.h"
#include "model/text.h"
#include "model/timer.h"
#include "model/type.h"
#include "model/walk.h"
#include "model/where.h"
