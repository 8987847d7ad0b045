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

const char *model_reason_say(model_reason reason, base_language language) {
  static const char *const texts[][2] = {
      [MODEL_REASON_HOLDS] = {"条件都满足", "all that it asks for holds"},
      [MODEL_REASON_EVENT] = {"这条规则不管这种变化", "the rule is for other events"},
      [MODEL_REASON_UNCHANGED] = {"它所看的字段都没有变", "no field that it watches changed"},
      [MODEL_REASON_WAS] = {"修改前的记录不满足条件",
                            "the record as it was does not meet the condition"},
      [MODEL_REASON_WHERE] = {"记录不满足条件", "the record does not meet the condition"},
      [MODEL_REASON_TRANSITION] = {"现在的状态没有这一步", "the state has no such step"},
      [MODEL_REASON_WHO] = {"须由指定的角色或人员来做", "certain roles or people do that"},
      [MODEL_REASON_SINCE] = {"起算的字段还是空的", "the field that it counts from is empty"},
      [MODEL_REASON_GONE] = {"记录不在了，或已不再等它",
                             "the record is not there, or waits for it no longer"},
      [MODEL_REASON_MISSED] = {"停机时错过了，按 skip 不再补",
                               "it was missed while no server ran, and its policy is skip"},
      [MODEL_REASON_BETWEEN] = {"还不到允许的时段，等到那时",
                                "it waits for an hour at which it may happen"},
      [MODEL_REASON_CAP] = {"近期已经够多，等一天",
                            "there was enough of it lately: it waits a day"}};
  return texts[reason][language];
}
