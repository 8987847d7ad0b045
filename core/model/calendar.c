#include "model/calendar.h"

static void key_prefix(data_key *key) {
  data_key_init(key);
  data_key_text(key, base_slice_text("calendar"), DATA_KEY_HASH);
  data_key_text(key, base_slice_text(MODEL_CALENDAR_INDEX), DATA_KEY_HASH);
}

/* 1 January of the day's year, or 31 December. */
static void add_bound(data_key *key, data_date day, bool end) {
  char text[DATA_DATE_SIZE];
  int year, month, in_month;
  data_date_parts(day, &year, &month, &in_month);
  data_date_format(data_date_make(year, end ? 12 : 1, end ? 31 : 1), text);
  data_key_text(key, base_slice_text(text), DATA_KEY_CUT);
}

/* What is left of a row behind (calendar, index): day, kind, id. Each reading uses the scratch again. */
static void add_row(data_calendar *calendar, base_slice row) {
  uint8_t scratch[DATA_KEY_MAX];
  data_value part = {0};
  data_date day = 0;
  if (!data_key_read(&row, &part, scratch) || !data_date_parse(part.as.bytes, &day)) return;
  if (!data_key_read(&row, &part, scratch)) return;
  data_calendar_add(calendar, day, base_slice_is(part.as.bytes, "workday"));
}

const data_calendar *model_calendar_get(crm_ctx *ctx, data_date first, data_date last) {
  const data_week *week = ctx->week == NULL ? &data_week_standard : ctx->week;
  data_calendar *calendar = data_calendar_new(week, ctx->zone, ctx->arena);
  data_key lower;
  data_key upper;
  base_slice row;
  base_slice value;
  key_prefix(&lower);
  size_t prefix = lower.size;
  upper = lower;
  add_bound(&lower, first, false);
  add_bound(&upper, last, true);
  data_key_successor(&upper);
  store_cursor *cursor = store_cursor_open(ctx->set, STORE_INDEX, data_key_slice(&lower),
                                           data_key_slice(&upper), false);
  while (store_cursor_next(cursor, &row, &value)) add_row(calendar, base_slice_after(row, prefix));
  store_cursor_close(cursor);
  return calendar;
}
