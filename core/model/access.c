#include "model/access.h"

/* Whether the type is among those that the actor's token is limited to. */
static bool in_scope(const model_actor *actor, const model_type *type) {
  if (actor->types.size == 0) return true;
  data_walk walk = data_walk_begin(actor->types);
  while (data_walk_next(&walk)) {
    if (base_slice_is(walk.value.as.bytes, type->name)) return true;
  }
  return false;
}

base_code model_access_check(crm_ctx *ctx, const model_type *type, model_action action) {
  if (type->flags & MODEL_TYPE_INTERNAL) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "type", "没有名为 %s 的类型",
                          "there is no type %s", type->name);
  }
  if ((type->flags & MODEL_TYPE_SERVER) && action == MODEL_ACTION_WRITE) {
    return model_ctx_fail(ctx, BASE_PERMISSION_DENIED, "type", "%s 由服务器自己记录，不能修改",
                          "%s is written by the server alone", type->name);
  }
  if (!in_scope(&ctx->actor, type)) {
    return model_ctx_fail(ctx, BASE_PERMISSION_DENIED, "type", "这个令牌不能用于 %s",
                          "this token is not for %s", type->name);
  }
  if (ctx->actor.administrator) return BASE_OK;
  bool allowed =
      ctx->actor.staff && (action == MODEL_ACTION_READ || !(type->flags & MODEL_TYPE_ADMIN));
  if (allowed) return BASE_OK;
  if (action == MODEL_ACTION_READ) {
    return model_ctx_fail(ctx, BASE_PERMISSION_DENIED, "type", "您无权查看 %s",
                          "you may not read %s", type->name);
  }
  return model_ctx_fail(ctx, BASE_PERMISSION_DENIED, "type", "只有管理员可以修改 %s",
                        "only administrators may write %s", type->name);
}
