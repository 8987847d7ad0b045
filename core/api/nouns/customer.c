/* customer: the archive of customers and their contacts, and the view of all that is known of one. */
#include "api/nouns/nouns.h"

static const char *const customer_kinds[] = {"person", "company", NULL};
static const char *const attributes[] = {"partner",     "supplier", "direct",
                                         "distributor", "pharmacy", NULL};

static const data_field customer_fields[] = {
    {.name = "name",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED | DATA_SEARCH | DATA_PERSONAL,
     .label_zh = "名称",
     .label_en = "name",
     .bounded = true,
     .min = 1,
     .max = 200,
     .doc = "Name of the person or company (ARC-01)."},
    {.name = "kind",
     .kind = DATA_KIND_CHOICE,
     .choices = customer_kinds,
     .initial = "person",
     .label_zh = "性质",
     .label_en = "kind",
     .doc = "person or company."},
    {.name = "phone",
     .kind = DATA_KIND_PHONE,
     .flags = DATA_UNIQUE | DATA_SEARCH | DATA_PERSONAL,
     .label_zh = "电话",
     .label_en = "phone",
     .doc = "Kept as typed, unique in its normal form (ARC-12)."},
    {.name = "email",
     .kind = DATA_KIND_EMAIL,
     .flags = DATA_PERSONAL,
     .label_zh = "邮箱",
     .label_en = "e-mail"},
    {.name = "region",
     .kind = DATA_KIND_TREE,
     .flags = DATA_INDEX,
     .label_zh = "地区",
     .label_en = "region",
     .doc = "From large to small: 国内/山东/济南; {under = \"山东\"} finds it (SEG-03)."},
    {.name = "address",
     .kind = DATA_KIND_ADDRESS,
     .flags = DATA_PERSONAL,
     .label_zh = "地址",
     .label_en = "address"},
    {.name = "owner",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_INDEX,
     .label_zh = "负责人",
     .label_en = "owner",
     .doc = "Name of the user who looks after the customer (ARC-21, SEG-04)."},
    {.name = "source",
     .kind = DATA_KIND_TEXT,
     .label_zh = "来源",
     .label_en = "source",
     .doc = "自主开发, 广告宣传, 老客户推荐 or free text (SEG-01)."},
    {.name = "attribute",
     .kind = DATA_KIND_CHOICE,
     .choices = attributes,
     .label_zh = "属性",
     .label_en = "attribute",
     .doc = "What the customer is to the business (SEG-02)."},
    {.name = "parent",
     .kind = DATA_KIND_REFERENCE,
     .to = "customer",
     .flags = DATA_INDEX,
     .label_zh = "所属门店",
     .label_en = "belongs to",
     .doc = "The store or company a consumer belongs to (DIS-12, C-40)."},
    {.name = "referrer",
     .kind = DATA_KIND_REFERENCE,
     .to = "customer",
     .label_zh = "介绍人",
     .label_en = "referrer",
     .doc = "Who recommended the business to this customer (PRS-05)."},
    {.name = "birthday",
     .kind = DATA_KIND_DATE,
     .flags = DATA_PERSONAL,
     .label_zh = "生日",
     .label_en = "birthday"},
    {.name = "lunar_birthday",
     .kind = DATA_KIND_LUNAR_DATE,
     .flags = DATA_PERSONAL,
     .label_zh = "农历生日",
     .label_en = "lunar birthday",
     .doc = "The lunar date of birth; calendar.birthday says when it is kept."},
    {.name = "tags",
     .kind = DATA_KIND_TAGS,
     .flags = DATA_INDEX,
     .label_zh = "标签",
     .label_en = "tags",
     .doc = "Free tags (ARC-22)."},
    {.name = "special",
     .kind = DATA_KIND_MAP,
     .flags = DATA_PERSONAL,
     .label_zh = "特别信息",
     .label_en = "special information",
     .doc = "Kept apart from the basic fields (ARC-06)."},
    {.name = "note", .kind = DATA_KIND_TEXT, .label_zh = "备注", .label_en = "note"},
    {.name = "order_count",
     .kind = DATA_KIND_INTEGER,
     .flags = DATA_READONLY,
     .initial = "0",
     .label_zh = "订单数",
     .label_en = "orders",
     .doc = "Orders that were not cancelled."},
    {.name = "order_total",
     .kind = DATA_KIND_MONEY,
     .flags = DATA_READONLY,
     .initial = "0",
     .label_zh = "订单总额",
     .label_en = "order total",
     .doc = "Minor units, without cancelled."},
    {.name = "last_order_on",
     .kind = DATA_KIND_DATE,
     .flags = DATA_READONLY,
     .label_zh = "最近下单",
     .label_en = "last order on"},
    {.name = NULL}};

static const data_field contact_fields[] = {
    {.name = "customer",
     .kind = DATA_KIND_REFERENCE,
     .to = "customer",
     .flags = DATA_REQUIRED | DATA_INDEX,
     .label_zh = "客户",
     .label_en = "customer",
     .doc = "Whose contact this is (ARC-09)."},
    {.name = "name",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED | DATA_SEARCH | DATA_PERSONAL,
     .label_zh = "姓名",
     .label_en = "name",
     .bounded = true,
     .min = 1,
     .max = 200},
    {.name = "role",
     .kind = DATA_KIND_TEXT,
     .label_zh = "角色",
     .label_en = "role",
     .doc = "Money, authority, need: what the person decides (ARC-09)."},
    {.name = "department", .kind = DATA_KIND_TEXT, .label_zh = "部门", .label_en = "department"},
    {.name = "phone",
     .kind = DATA_KIND_PHONE,
     .flags = DATA_INDEX | DATA_SEARCH | DATA_PERSONAL,
     .label_zh = "电话",
     .label_en = "phone"},
    {.name = "email",
     .kind = DATA_KIND_EMAIL,
     .flags = DATA_PERSONAL,
     .label_zh = "邮箱",
     .label_en = "e-mail"},
    {.name = "birthday",
     .kind = DATA_KIND_DATE,
     .flags = DATA_PERSONAL,
     .label_zh = "生日",
     .label_en = "birthday"},
    {.name = "lunar_birthday",
     .kind = DATA_KIND_LUNAR_DATE,
     .flags = DATA_PERSONAL,
     .label_zh = "农历生日",
     .label_en = "lunar birthday",
     .doc = "The lunar date of birth; calendar.birthday says when it is kept."},
    {.name = "note", .kind = DATA_KIND_TEXT, .label_zh = "备注", .label_en = "note"},
    {.name = NULL}};

const model_type_definition api_types_customer[] = {
    {.name = "customer",
     .label_zh = "客户",
     .label_en = "customer",
     .title = "name",
     .doc = "A person or company the business sells to or wants to (ARC-01).",
     .fields = customer_fields},
    {.name = "contact",
     .label_zh = "联系人",
     .label_en = "contact",
     .title = "name",
     .doc = "A person at a customer (ARC-09).",
     .fields = contact_fields},
    {.name = NULL}};

/* --- customer.overview ------------------------------------------------------------------------- */

/* Lists of the overview show the newest; the full lists have ops of their own. */
#define OVERVIEW_ITEMS 50

static base_code append_list(crm_ctx *ctx, const char *key, const char *type, base_slice where,
                             const char *order, base_buffer *result) {
  model_page page = {0};
  data_append_text(result, key);
  /* complaint comes with a package; without it nobody has complained. */
  if (api_noun_type(ctx, type) != NULL) {
    BASE_TRY(api_noun_find(ctx, type, where, order, OVERVIEW_ITEMS, (base_slice){0}, &page));
  }
  api_noun_append_items(&page, result);
  return BASE_OK;
}

static void append_values(base_slice customer, base_buffer *result) {
  data_value last = {0};
  data_map_find(customer, "last_order_on", &last);
  data_append_text(result, "values");
  data_append_map(result, 3);
  data_append_pair_integer(result, "order_count", data_map_integer(customer, "order_count", 0));
  data_append_pair_integer(result, "order_total", data_map_integer(customer, "order_total", 0));
  data_append_text(result, "last_order_on");
  if (last.type == DATA_NIL)
    data_append_nil(result);
  else
    data_append_raw(result, last.raw);
}

static base_code run_overview(crm_ctx *ctx, base_slice params, base_buffer *result,
                              const void *self) {
  (void)self;
  data_value id = {0};
  base_slice customer;
  data_map_find(params, "id", &id);
  BASE_TRY(model_record_get(ctx, api_noun_type(ctx, "customer"), id.as.integer, &customer));
  base_slice own = api_noun_where(ctx, "customer", id, NULL);
  base_slice open = api_noun_where(ctx, "customer", id, "open");
  data_append_map(result, 7);
  data_append_pair_raw(result, "customer", customer);
  BASE_TRY(append_list(ctx, "contacts", "contact", own, "id", result));
  BASE_TRY(append_list(ctx, "orders", "order", own, "-ordered_on", result));
  BASE_TRY(append_list(ctx, "activities", "activity", own, "-at", result));
  BASE_TRY(append_list(ctx, "tasks", "task", open, "due_on", result));
  BASE_TRY(append_list(ctx, "complaints", "complaint", own, "-id", result));
  append_values(customer, result);
  return BASE_OK;
}

static const data_field overview_params[] = {API_PARAM_ID, {0}};

static const data_field overview_result[] = {
    {.name = "customer", .kind = DATA_KIND_MAP, .doc = "The record."},
    {.name = "contacts",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .doc = "In the order they were entered."},
    {.name = "orders", .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP, .doc = "The newest first."},
    {.name = "activities", .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP, .doc = "The newest first."},
    {.name = "tasks",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .doc = "Open ones, the earliest due first."},
    {.name = "complaints",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .doc = "The newest first; empty without the package complaint."},
    {.name = "values", .kind = DATA_KIND_MAP, .doc = "order_count, order_total, last_order_on."},
    {.name = NULL}};

const api_op api_ops_customer[] = {
    {.name = "customer.overview",
     .params = overview_params,
     .errors = "NOT_FOUND",
     .since = "1",
     .result = overview_result,
     .doc = "All that is known of one customer: {customer, contacts, orders (newest first), "
            "activities, tasks (open), complaints, values}, at most 50 of each (FUP-11).",
     .doc_zh = "客户 360 度视图：档案、联系人、订单、活动、待办、投诉、价值。",
     .run = run_overview},
    {.name = NULL}};
