/* data: one value model. Everything that is stored, sent or asked is msgpack bytes, and this room
 * scans, reads, appends, splices, compares and validates them; it also knows dates, lunar dates,
 * working days, zones, phones and keys, and what files are written in: CSV, JSON, GB18030.
 *
 * Guests: msgpack-c (packing), ICU (text folding, GB18030), libical (recurrence) and libcsv stay behind
 * this door.
 * The nouns, one header each: */
#pragma once

#include "data/append.h"
#include "data/calendar.h"
#include "data/cell.h"
#include "data/csv.h"
#include "data/date.h"
#include "data/decimal.h"
#include "data/encoding.h"
#include "data/field.h"
#include "data/file.h"
#include "data/json.h"
#include "data/key.h"
#include "data/letters.h"
#include "data/lunar.h"
#include "data/phone.h"
#include "data/pinyin.h"
#include "data/read.h"
#include "data/recurrence.h"
#include "data/scan.h"
#include "data/span.h"
#include "data/splice.h"
#include "data/states.h"
#include "data/text.h"
#include "data/tree.h"
#include "data/validate.h"
#include "data/zone.h"
