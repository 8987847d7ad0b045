/* A shared object that is no plugin. */
__attribute__((visibility("default"))) int unrelated(void);

int unrelated(void) {
  return 42;
}
