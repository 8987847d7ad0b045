/* agency: the types of a small health-product agency, for tests that want ordinary ones.
 *
 * Memory:  static tables.  Threads: any.  Fails: never. */
#pragma once

#include "model/model.h"

static const char *const agency_levels[] = {"普通", "金卡", "白金", NULL};
static const char *const agency_states[] = {"open", "done", "cancelled", NULL};
static const data_transition agency_transitions[] = {{.from = "open", .to = "done"},
                                                     {.from = "open", .to = "cancelled"},
                                                     {.from = "done", .to = "cancelled"},
                                                     {.from = NULL}};

static const data_field agency_customer[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "phone", .kind = DATA_KIND_PHONE, .flags = DATA_UNIQUE},
    {.name = "level", .kind = DATA_KIND_CHOICE, .choices = agency_levels, .initial = "普通"},
    {.name = "owner", .kind = DATA_KIND_TEXT, .flags = DATA_INDEX},
    {.name = "spent", .kind = DATA_KIND_MONEY, .flags = DATA_READONLY},
    {.name = "born", .kind = DATA_KIND_DATE},
    {.name = "tags", .kind = DATA_KIND_TAGS, .flags = DATA_INDEX},
    {.name = "referrer", .kind = DATA_KIND_REFERENCE, .to = "customer", .flags = DATA_INDEX},
    {.name = NULL}};

static const data_field agency_product[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "code", .kind = DATA_KIND_TEXT, .flags = DATA_UNIQUE},
    {.name = "cycle_days",
     .kind = DATA_KIND_INTEGER,
     .initial = "15",
     .bounded = true,
     .min = 1,
     .max = 365},
    {.name = NULL}};

static const data_field agency_line[] = {
    {.name = "product", .kind = DATA_KIND_REFERENCE, .to = "product", .flags = DATA_REQUIRED},
    {.name = "quantity", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED},
    {.name = NULL}};

static const data_field agency_order[] = {
    {.name = "customer",
     .kind = DATA_KIND_REFERENCE,
     .to = "customer",
     .flags = DATA_REQUIRED | DATA_INDEX},
    {.name = "state",
     .kind = DATA_KIND_STATES,
     .choices = agency_states,
     .transitions = agency_transitions},
    {.name = "ordered_on", .kind = DATA_KIND_DATE},
    {.name = "number", .kind = DATA_KIND_TEXT},
    {.name = "lines", .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP, .fields = agency_line},
    {.name = "gifts",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_REFERENCE,
     .to = "product",
     .flags = DATA_INDEX},
    {.name = "handover", .kind = DATA_KIND_MAP, .fields = agency_line},
    {.name = NULL}};

static const model_term agency_open[] = {{"state", "open"}, {NULL, NULL}};

static const model_index_definition agency_order_indexes[] = {
    {.name = "open_number", .fields = {"number"}, .unique = true, .where = agency_open},
    {.name = "open_date", .fields = {"ordered_on"}, .where = agency_open},
    {.name = NULL}};

/* A customer's card: one at most, found by whose it is. */
static const data_field agency_card[] = {{.name = "customer",
                                          .kind = DATA_KIND_REFERENCE,
                                          .to = "customer",
                                          .flags = DATA_REQUIRED | DATA_UNIQUE},
                                         {.name = NULL}};

static const data_field agency_named[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED | DATA_UNIQUE}, {.name = NULL}};

static const model_type_definition agency_types[] = {
    {.name = "customer", .fields = agency_customer, .title = "name"},
    {.name = "product", .fields = agency_product, .title = "name"},
    {.name = "order", .fields = agency_order, .indexes = agency_order_indexes},
    {.name = "card", .fields = agency_card},
    {.name = "holiday", .fields = agency_named, .flags = MODEL_TYPE_ADMIN},
    {.name = "credential", .fields = agency_named, .flags = MODEL_TYPE_INTERNAL},
    {.name = NULL}};
