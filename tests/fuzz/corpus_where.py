"""Writes the corpus of where_fuzz: each operator, each kind of field, and what is refused."""

import pathlib

import msgpack

CORPUS = pathlib.Path(__file__).parent / "corpus" / "where"

WHERES = {
    "empty": {},
    "equal": {"name": "王秀兰"},
    "nil": {"owner": None},
    "phone": {"phone": "13800001001"},
    "phone-starts": {"phone": {"starts": "139"}},
    "not-equal": {"owner": {"ne": "李静"}},
    "range": {"id": {"ge": 3, "lt": 9}},
    "between": {"birthday": {"between": ["1950-01-01", "1960-12-31"]}},
    "in": {"name": {"in": ["李静", "孙伟", None]}},
    "tags": {"tags": "老客户"},
    "tags-contain": {"tags": {"contains": "客"}},
    "starts": {"name": {"starts": ""}},
    "ends": {"name": {"ends": "公司"}},
    "contains": {"name": {"contains": "a\"b"}},
    "under": {"region": {"under": "山东"}},
    "is-null": {"referrer": {"is_null": False}},
    "reference": {"referrer": 1, "parent": {"is_null": True}},
    "any": {"any": [{"owner": "李静"}, {"kind": "company"}]},
    "any-nested": {"any": [{"any": [{"id": 1}, {"id": 2}]}, {"id": 3}], "owner": {"ne": None}},
    "any-empty": {"any": []},
    "lunar": {"lunar_birthday": "2025-06L-15"},
    "both": {"kind": "company", "region": "山东/济南"},
    "dotted": {"special.爱好": "书法"},
    "unknown-field": {"nmae": "王秀兰"},
    "unknown-operator": {"name": {"equals": "王秀兰"}},
    "wrong-kind": {"id": "seven"},
    "wrong-between": {"id": {"between": [1]}},
    "segment": {"segment": "loyal"},
    "created": {"created_at": {"gt": 0}, "version": {"le": 1}},
    "large": {"id": {"in": list(range(300))}},
}


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for old in CORPUS.iterdir():
        old.unlink()
    for name, value in WHERES.items():
        (CORPUS / name).write_bytes(msgpack.packb(value))


if __name__ == "__main__":
    main()
