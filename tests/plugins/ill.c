/* ill: a package whose ops break the contract, each in one way. */
#include <crm/plugin.h>

static const crm_host *host;

static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  (void)ctx, (void)config, (void)self;
  host = lent;
  return CRM_OK;
}

#define OP(name) static int name(crm_ctx *ctx, crm_slice params, crm_out *result, void *self)
#define UNUSED (void)ctx, (void)params, (void)result, (void)self

OP(nothing) {
  UNUSED;
  return CRM_OK;
}

OP(twice) {
  UNUSED;
  host->append(result, crm_integer(1));
  host->append(result, crm_integer(2));
  return CRM_OK;
}

OP(not_ended) {
  UNUSED;
  host->begin(result, CRM_MAP);
  return CRM_OK;
}

OP(ended_twice) {
  UNUSED;
  host->begin(result, CRM_MAP);
  host->end(result);
  host->end(result);
  return CRM_OK;
}

OP(half_a_pair) {
  UNUSED;
  host->begin(result, CRM_MAP);
  host->append(result, crm_string(crm_text("key")));
  host->end(result);
  return CRM_OK;
}

OP(same_key) {
  UNUSED;
  host->begin(result, CRM_MAP);
  crm_put(host, result, "key", crm_integer(1));
  crm_put(host, result, "key", crm_integer(2));
  host->end(result);
  return CRM_OK;
}

OP(no_text) {
  UNUSED;
  host->append(result, crm_string(crm_text("\xff\xfe")));
  return CRM_OK;
}

OP(too_deep) {
  UNUSED;
  for (int i = 0; i < 40; i++) host->begin(result, CRM_ARRAY);
  for (int i = 0; i < 40; i++) host->end(result);
  return CRM_OK;
}

OP(no_value) {
  UNUSED;
  host->append(result, (crm_value){.type = 77});
  return CRM_OK;
}

OP(odd_code) {
  UNUSED;
  return 99;
}

OP(silent) {
  UNUSED;
  return CRM_RULE_FAILED;
}

OP(write_in_read) {
  UNUSED;
  host->begin(result, CRM_MAP);
  host->end(result);
  CRM_TRY(host->create(ctx, "customer", host->bytes(result), NULL));
  return CRM_OK;
}

/* The failed create is answered as if nothing had happened. */
OP(ignore) {
  UNUSED;
  crm_out *values = host->out(ctx);
  host->begin(values, CRM_MAP);
  crm_put(host, values, "name", crm_string(crm_text("张建国")));
  crm_put(host, values, "phone", crm_string(crm_text("13800001001")));
  host->end(values);
  (void)host->create(ctx, "customer", host->bytes(values), NULL);
  (void)host->create(ctx, "customer", host->bytes(values), NULL);
  crm_slice record;
  (void)host->get(ctx, "customer", 987654, &record);
  host->begin(result, CRM_MAP);
  host->end(result);
  return CRM_OK;
}

/* A failed look-up may be passed over. */
OP(look_past) {
  UNUSED;
  crm_slice record;
  int code = host->get(ctx, "customer", 987654, &record);
  host->begin(result, CRM_MAP);
  crm_put(host, result, "code", crm_integer(code));
  host->end(result);
  return CRM_OK;
}

/* Values that were never ended must not be taken for none. */
OP(open_values) {
  UNUSED;
  crm_out *values = host->out(ctx);
  host->begin(values, CRM_MAP);
  CRM_TRY(host->create(ctx, "customer", host->bytes(values), NULL));
  return CRM_OK;
}

OP(open_where) {
  UNUSED;
  crm_out *where = host->out(ctx);
  int64_t count = 0;
  host->begin(where, CRM_MAP);
  CRM_TRY(host->count(ctx, "customer", host->bytes(where), &count));
  return CRM_OK;
}

static void answered(crm_ctx *ctx, const crm_reply *reply, void *self) {
  (void)ctx, (void)reply, (void)self;
}

OP(submit_inside) {
  UNUSED;
  int code = host->submit(host, "server.ping", NULL, answered, NULL);
  return host->fail(ctx, code, NULL, "不能在操作里提交", "an op cannot submit");
}

#define ROW(op, bits)                                                                              \
  { .name = "ill." #op, .doc = "Breaks the contract.", .run = op, .flags = bits }

static const crm_op ops[] = {ROW(nothing, 0),
                             ROW(twice, 0),
                             ROW(not_ended, 0),
                             ROW(ended_twice, 0),
                             ROW(half_a_pair, 0),
                             ROW(same_key, 0),
                             ROW(no_text, 0),
                             ROW(too_deep, 0),
                             ROW(no_value, 0),
                             ROW(odd_code, 0),
                             ROW(silent, 0),
                             ROW(write_in_read, 0),
                             ROW(look_past, 0),
                             ROW(open_where, 0),
                             ROW(submit_inside, 0),
                             ROW(ignore, CRM_OP_WRITE),
                             ROW(open_values, CRM_OP_WRITE),
                             {0}};

static const crm_plugin plugin = {
    CRM_PLUGIN_HEADER, .name = "ill",  .version = "1.0.0", .doc = "Breaks the contract.",
    .ops = ops,        .start = start,
};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
