/* type: the definitions in force, as records, so that a store can be read and verified without the
 * packages that defined them. Written at start; see boot.c. */
#include "api/nouns/nouns.h"

static const data_field type_fields[] = {
    {.name = "name",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED | DATA_UNIQUE,
     .label_zh = "名称",
     .label_en = "name"},
    {.name = "package", .kind = DATA_KIND_TEXT, .label_zh = "来源", .label_en = "package"},
    {.name = "definition",
     .kind = DATA_KIND_MAP,
     .flags = DATA_REQUIRED,
     .label_zh = "定义",
     .label_en = "definition"},
    {.name = "custom",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .label_zh = "自定义字段",
     .label_en = "own fields",
     .doc = "What schema.define added, on top of the packages' fields."},
    {.name = "building",
     .kind = DATA_KIND_TAGS,
     .label_zh = "建立中的索引",
     .label_en = "indexes being built"},
    {.name = "unbuilt",
     .kind = DATA_KIND_MAP,
     .label_zh = "未建完的行",
     .label_en = "rows not yet built",
     .doc = "Of which indexes and searched fields a version that starts is making the rows anew."},
    {.name = NULL}};

const model_type_definition api_types_type[] = {{.name = "type",
                                                 .label_zh = "类型",
                                                 .label_en = "type",
                                                 .title = "name",
                                                 .flags = MODEL_TYPE_INTERNAL,
                                                 .doc = "A kind of record, as it is defined now.",
                                                 .fields = type_fields},
                                                {.name = NULL}};
