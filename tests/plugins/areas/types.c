/* types: a type of its own with indexes, and fields added to another's. Nothing runs. */
#include "area.h"

static const char *const states[] = {"new", "sold", "gone", NULL};
static const crm_transition transitions[] = {{"new", "sold"}, {"sold", "gone"}, {0}};
static const char *const by_place[] = {"place", "floor", NULL};
static const crm_term unsold[] = {{"state", "new"}, {0}};

static const crm_field unit_fields[] = {
    {.name = "place",
     .kind = CRM_KIND_TEXT,
     .flags = CRM_REQUIRED | CRM_BOUNDED,
     .min = 2,
     .max = 30,
     .label_zh = "房号",
     .label_en = "unit"},
    {.name = "floor", .kind = CRM_KIND_INTEGER, .flags = CRM_BOUNDED, .min = -3, .max = 99},
    {.name = "price", .kind = CRM_KIND_MONEY},
    {.name = "state", .kind = CRM_KIND_STATES, .choices = states, .transitions = transitions},
    {.name = "tags", .kind = CRM_KIND_TAGS, .flags = CRM_BOUNDED, .max = 2},
    {.name = "buyer", .kind = CRM_KIND_REFERENCE, .to = "customer"},
    {.name = "code", .kind = CRM_KIND_TEXT, .flags = CRM_UNIQUE},
    {0}};

static const crm_field customer_fields[] = {
    {.name = "unit_budget", .kind = CRM_KIND_MONEY, .flags = CRM_INDEX}, {0}};

static const crm_index indexes[] = {
    {.name = "by_place", .fields = by_place},
    {.name = "one_unsold", .fields = by_place, .where = unsold, .flags = CRM_INDEX_UNIQUE},
    {0}};

static const crm_type types[] = {
    {.name = "unit",
     .label_zh = "房源",
     .label_en = "unit",
     .doc = "A flat.",
     .title = "place",
     .fields = unit_fields,
     .indexes = indexes},
    {.name = "unit_key", .fields = customer_fields, .flags = CRM_TYPE_ADMIN},
    {.name = "unit_secret", .fields = customer_fields, .flags = CRM_TYPE_INTERNAL},
    {.name = "customer", .fields = customer_fields, .flags = CRM_TYPE_EXTENDS},
    {0}};

AREA_PLUGIN("types", .types = types)
