/* access: the op's flags against the actor. See access.h.
 *
 * Memory:  none.  Threads: any.  Fails: as the header says. */
#include "api/access.h"

static base_code refuse_stranger(const api_op *op, base_error *error) {
  return base_error_set(error, BASE_UNAUTHENTICATED, NULL, "请先登录（auth.login），再调用 %s",
                        "log in (auth.login) before you call %s", op->name);
}

static base_code refuse_internal(const api_op *op, base_error *error) {
  return base_error_set(error, BASE_UNKNOWN_METHOD, NULL, "没有名为 %s 的操作", "there is no op %s",
                        op->name);
}

static base_code refuse_user(const api_op *op, base_error *error) {
  if (op->flags & API_ADMIN) {
    return base_error_set(error, BASE_PERMISSION_DENIED, NULL, "只有管理员可以调用 %s",
                          "only administrators may call %s", op->name);
  }
  return base_error_set(error, BASE_PERMISSION_DENIED, NULL,
                        "您没有任何角色，不能调用 %s：请联系管理员",
                        "you have no role and may not call %s: ask an administrator", op->name);
}

static base_code refuse_token(const api_op *op, base_error *error) {
  return base_error_set(
      error, BASE_PERMISSION_DENIED, NULL,
      "这个令牌不能调用 %s：请管理员发放范围更大的令牌（token.create）",
      "this token may not call %s: ask an administrator for one with a wider scope "
      "(token.create)",
      op->name);
}

/* "task.list", or "task.*" for all of a noun. */
static bool names_op(base_slice pattern, const char *op) {
  if (pattern.size > 2 && pattern.data[pattern.size - 1] == '*') {
    return base_slice_starts(base_slice_text(op), base_slice_make(pattern.data, pattern.size - 1));
  }
  return base_slice_is(pattern, op);
}

/* A token limited to types and to no ops may call what is asked of one type, by name: no other op says
 * which types it is going to show. */
static bool in_scope(const model_actor *actor, const api_op *op) {
  if (actor->ops.size == 0 && actor->types.size == 0) return true;
  if (actor->ops.size == 0) {
    const data_field *type =
        op->params == NULL ? NULL : data_field_find(op->params, base_slice_text("type"));
    return type != NULL && (type->flags & DATA_REQUIRED);
  }
  data_walk walk = data_walk_begin(actor->ops);
  while (data_walk_next(&walk)) {
    if (names_op(walk.value.as.bytes, op->name)) return true;
  }
  return false;
}

base_code api_access_check(const model_actor *actor, const api_op *op, api_caller caller,
                           base_error *error) {
  bool internal = (op->flags & API_INTERNAL) != 0;
  bool open = (op->flags & API_OPEN) != 0;
  if (internal && caller == API_CALLER_PACKAGE) return BASE_OK;
  if (actor->name.size == 0 && !open) return refuse_stranger(op, error);
  if (internal) return refuse_internal(op, error);
  if (open) return BASE_OK;
  if (caller == API_CALLER_CLIENT && !in_scope(actor, op)) return refuse_token(op, error);
  if (actor->administrator) return BASE_OK;
  /* Who has no role may still log out. */
  bool allowed = !(op->flags & API_ADMIN) && (actor->staff || (op->flags & API_SESSION));
  return allowed ? BASE_OK : refuse_user(op, error);
}
