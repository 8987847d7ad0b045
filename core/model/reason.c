#include "model/reason.h"

const char *model_reason_text(model_reason reason) {
  static const char *const texts[] = {[MODEL_REASON_HOLDS] = "holds",
                                      [MODEL_REASON_EVENT] = "event",
                                      [MODEL_REASON_UNCHANGED] = "unchanged",
                                      [MODEL_REASON_WAS] = "was",
                                      [MODEL_REASON_WHERE] = "where",
                                      [MODEL_REASON_TRANSITION] = "transition",
                                      [MODEL_REASON_WHO] = "who",
                                      [MODEL_REASON_SINCE] = "since",
                                      [MODEL_REASON_GONE] = "gone",
                                      [MODEL_REASON_MISSED] = "missed",
                                      [MODEL_REASON_BETWEEN] = "between",
                                      [MODEL_REASON_CAP] = "cap"};
  return texts[reason];
}
