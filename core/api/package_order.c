/* package_order: repeatedly the first package whose needs are all placed. See package_order.h.
 *
 * Memory:  the caller's.  Threads: any.  Fails: as the header says. */
#include "api/package_order.h"

static bool is_in(api_package *const *packages, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(packages[i]->name, name) == 0) return true;
  }
  return false;
}

static const char *source_of(const api_package *package) {
  return package->source == NULL ? API_PACKAGE_CORE : package->source;
}

static base_code check_names(api_package *const *packages, size_t count, base_error *error) {
  for (size_t i = 0; i < count; i++) {
    for (size_t j = 0; j < i; j++) {
      if (strcmp(packages[i]->name, packages[j]->name) != 0) continue;
      return base_error_set(error, BASE_VALIDATION_FAILED, packages[i]->name,
                            "包 %s 有两个：%s 和 %s，请只启用一个",
                            "there are two packages %s, %s and %s: enable only one",
                            packages[i]->name, source_of(packages[j]), source_of(packages[i]));
    }
  }
  return BASE_OK;
}

static base_code check_needs(api_package *const *packages, size_t count, base_error *error) {
  for (size_t i = 0; i < count; i++) {
    const char *const *need = packages[i]->needs;
    for (; need != NULL && *need != NULL; need++) {
      if (is_in(packages, count, *need)) continue;
      return base_error_set(error, BASE_VALIDATION_FAILED, packages[i]->name,
                            "包 %1$s 需要包 %2$s，但它没有启用：请启用 %2$s 或停用 %1$s",
                            "package %1$s needs package %2$s, which is not enabled: enable %2$s or "
                            "disable %1$s",
                            packages[i]->name, *need);
    }
  }
  return BASE_OK;
}

static bool is_ready(const api_package *package, api_package *const *ordered, size_t placed) {
  const char *const *need = package->needs;
  for (; need != NULL && *need != NULL; need++) {
    if (!is_in(ordered, placed, *need)) return false;
  }
  return true;
}

/* The core, when it is there and not placed; else the first that is ready; else NULL. */
static api_package *next_package(api_package *const *packages, size_t count,
                                 api_package *const *ordered, size_t placed) {
  api_package *ready = NULL;
  for (size_t i = 0; i < count; i++) {
    if (is_in(ordered, placed, packages[i]->name)) continue;
    if (strcmp(packages[i]->name, API_PACKAGE_CORE) == 0) return packages[i];
    if (ready == NULL && is_ready(packages[i], ordered, placed)) ready = packages[i];
  }
  return ready;
}

static base_code refuse_circle(api_package *const *packages, size_t count,
                               api_package *const *ordered, size_t placed, base_error *error) {
  const char *blocked = NULL;
  size_t left = 0;
  while (left + 1 < count && is_in(ordered, placed, packages[left]->name)) left++;
  const api_package *first = packages[left];
  for (const char *const *need = first->needs; blocked == NULL; need++) {
    if (!is_in(ordered, placed, *need)) blocked = *need;
  }
  return base_error_set(error, BASE_VALIDATION_FAILED, first->name,
                        "包 %s 和它需要的 %s 互相依赖：请去掉其中一个 needs",
                        "package %s and its need %s need one another in a circle: take one of the "
                        "needs out",
                        first->name, blocked);
}

base_code api_package_order(api_package *const *packages, size_t count, api_package **ordered,
                            base_error *error) {
  BASE_TRY(check_names(packages, count, error));
  BASE_TRY(check_needs(packages, count, error));
  for (size_t placed = 0; placed < count; placed++) {
    ordered[placed] = next_package(packages, count, ordered, placed);
    if (ordered[placed] == NULL) return refuse_circle(packages, count, ordered, placed, error);
  }
  return BASE_OK;
}
