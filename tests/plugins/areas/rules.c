/* rules: which changes they join, in which order, and what they may do. */
#include "area.h"

/* Writes down on the activity that it was here; `self` is the rule's letter. */
static int note(crm_ctx *ctx, const crm_change *change, void *self) {
  crm_out *values = host->out(ctx);
  char text[64] = {0};
  crm_slice before = host->lookup(change->after, "rules_seen").bytes;
  size_t size = before.size < 62 ? before.size : 62;
  if (size > 0) memcpy(text, before.data, size);
  text[size] = *(const char *)self;
  host->begin(values, CRM_MAP);
  crm_put(host, values, "rules_seen", crm_string(crm_text(text)));
  host->end(values);
  return host->update(ctx, change->type, change->id, host->bytes(values), 0, NULL);
}

static int refuse(crm_ctx *ctx, const crm_change *change, void *self) {
  (void)self;
  return host->fail(ctx, CRM_RULE_FAILED, "content", "不能删除 %lld", "%lld cannot be deleted",
                    (long long)change->id);
}

static const crm_field fields[] = {
    {.name = "rules_seen", .kind = CRM_KIND_TEXT, .flags = CRM_READONLY}, {0}};
static const crm_type types[] = {{.name = "activity", .fields = fields, .flags = CRM_TYPE_EXTENDS},
                                 {0}};
static const char *const content[] = {"content", NULL};
static const crm_term calls[] = {{"kind", "phone"}, {0}};

static const crm_rule rules[] = {
    {.name = "b_created", .type = "activity", .events = CRM_CREATE, .run = note, .self = "b"},
    {.name = "a_created", .type = "activity", .events = CRM_CREATE, .run = note, .self = "a"},
    {.name = "c_phone",
     .type = "activity",
     .events = CRM_CREATE,
     .where = calls,
     .run = note,
     .self = "c"},
    {.name = "d_content",
     .type = "activity",
     .events = CRM_UPDATE,
     .fields = content,
     .run = note,
     .self = "d"},
    {.name = "refuse", .type = "activity", .events = CRM_DELETE, .run = refuse},
    {0}};

AREA_PLUGIN("rules", .types = types, .rules = rules, .start = area_start)
