/* holidays: as the General Office of the State Council announced them, days of weekends inside a
 * holiday included. */
#include "api/nouns/holidays.h"

#define NOTICE_2024 "国办发明电〔2023〕7号"
#define NOTICE_2025 "国办发明电〔2024〕12号"
#define NOTICE_2026 "国办发明电〔2025〕7号"

const api_holiday api_holidays[] = {
    {"2024-01-01", "2024-01-01", false, "元旦", NOTICE_2024},
    {"2024-02-04", "2024-02-04", true, "春节调休", NOTICE_2024},
    {"2024-02-10", "2024-02-17", false, "春节", NOTICE_2024},
    {"2024-02-18", "2024-02-18", true, "春节调休", NOTICE_2024},
    {"2024-04-04", "2024-04-06", false, "清明节", NOTICE_2024},
    {"2024-04-07", "2024-04-07", true, "清明节调休", NOTICE_2024},
    {"2024-04-28", "2024-04-28", true, "劳动节调休", NOTICE_2024},
    {"2024-05-01", "2024-05-05", false, "劳动节", NOTICE_2024},
    {"2024-05-11", "2024-05-11", true, "劳动节调休", NOTICE_2024},
    {"2024-06-10", "2024-06-10", false, "端午节", NOTICE_2024},
    {"2024-09-14", "2024-09-14", true, "中秋节调休", NOTICE_2024},
    {"2024-09-15", "2024-09-17", false, "中秋节", NOTICE_2024},
    {"2024-09-29", "2024-09-29", true, "国庆节调休", NOTICE_2024},
    {"2024-10-01", "2024-10-07", false, "国庆节", NOTICE_2024},
    {"2024-10-12", "2024-10-12", true, "国庆节调休", NOTICE_2024},
    {"2025-01-01", "2025-01-01", false, "元旦", NOTICE_2025},
    {"2025-01-26", "2025-01-26", true, "春节调休", NOTICE_2025},
    {"2025-01-28", "2025-02-04", false, "春节", NOTICE_2025},
    {"2025-02-08", "2025-02-08", true, "春节调休", NOTICE_2025},
    {"2025-04-04", "2025-04-06", false, "清明节", NOTICE_2025},
    {"2025-04-27", "2025-04-27", true, "劳动节调休", NOTICE_2025},
    {"2025-05-01", "2025-05-05", false, "劳动节", NOTICE_2025},
    {"2025-05-31", "2025-06-02", false, "端午节", NOTICE_2025},
    {"2025-09-28", "2025-09-28", true, "国庆节、中秋节调休", NOTICE_2025},
    {"2025-10-01", "2025-10-08", false, "国庆节、中秋节", NOTICE_2025},
    {"2025-10-11", "2025-10-11", true, "国庆节、中秋节调休", NOTICE_2025},
    {"2026-01-01", "2026-01-03", false, "元旦", NOTICE_2026},
    {"2026-01-04", "2026-01-04", true, "元旦调休", NOTICE_2026},
    {"2026-02-14", "2026-02-14", true, "春节调休", NOTICE_2026},
    {"2026-02-15", "2026-02-23", false, "春节", NOTICE_2026},
    {"2026-02-28", "2026-02-28", true, "春节调休", NOTICE_2026},
    {"2026-04-04", "2026-04-06", false, "清明节", NOTICE_2026},
    {"2026-05-01", "2026-05-05", false, "劳动节", NOTICE_2026},
    {"2026-05-09", "2026-05-09", true, "劳动节调休", NOTICE_2026},
    {"2026-06-19", "2026-06-21", false, "端午节", NOTICE_2026},
    {"2026-09-20", "2026-09-20", true, "国庆节调休", NOTICE_2026},
    {"2026-09-25", "2026-09-27", false, "中秋节", NOTICE_2026},
    {"2026-10-01", "2026-10-07", false, "国庆节", NOTICE_2026},
    {"2026-10-10", "2026-10-10", true, "国庆节调休", NOTICE_2026},
    {NULL, NULL, false, NULL, NULL}};

static base_code write_day(crm_ctx *ctx, const model_type *calendar, const api_holiday *holiday,
                           data_date day) {
  char text[DATA_DATE_SIZE];
  base_slice record;
  base_buffer values = {0};
  data_date_format(day, text);
  data_append_map(&values, 4);
  data_append_pair_text(&values, "day", text);
  data_append_pair_text(&values, "kind", holiday->worked ? "workday" : "holiday");
  data_append_pair_text(&values, "name", holiday->name);
  data_append_pair_text(&values, "source", holiday->source);
  return model_record_create(ctx, calendar, model_ctx_take(ctx, &values), MODEL_TRUSTED, &record);
}

base_code api_holidays_write(crm_ctx *ctx, const model_type *calendar) {
  for (const api_holiday *holiday = api_holidays; holiday->first != NULL; holiday++) {
    data_date day = 0;
    data_date last = 0;
    (void)data_date_parse(base_slice_text(holiday->first), &day);
    (void)data_date_parse(base_slice_text(holiday->last), &last);
    for (; day <= last; day++) BASE_TRY(write_day(ctx, calendar, holiday, day));
  }
  return BASE_OK;
}
