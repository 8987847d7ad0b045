"""pinyin_table: makes core/data/pinyin_table.inc, or says whether it is what it should be.

    python3 core/data/pinyin_table.py [Unihan_Readings.txt] > core/data/pinyin_table.inc
    python3 core/data/pinyin_table.py --check core/data/pinyin_table.inc [Unihan_Readings.txt]

Source: the Unihan database of Unicode 15.0, which Debian has in the package unicode-data as
/usr/share/unicode/Unihan_Readings.txt.bz2 (the default). Of it are taken, tones left out:

    kMandarin     the customary reading, which comes first
    kHanyuPinlu   readings that occur in running text
    kTGHZ2013     the readings of the 8 105 characters of the Table of General Standard Characters
    kXHC1983      those of the Dictionary of Modern Chinese, for characters kTGHZ2013 does not have
    kHanyuPinyin  the first one, for characters that have none of these

SURNAMES comes before all of them: how a character is read in a family name, those of two characters
included (尉迟, 万俟, 澹台, 长孙). A syllable is written as it is typed, with v for the u with two dots;
sounds without a vowel are left out, so that 嗯 is listed here too.
"""

import bz2
import re
import sys
import unicodedata

SOURCE = "/usr/share/unicode/Unihan_Readings.txt.bz2"
FIRST, LAST = 0x3400, 0x9FFF  # one entry each; what lies elsewhere is listed
READINGS = 6  # most that one character may have
FIELDS = ("kMandarin", "kHanyuPinlu", "kTGHZ2013", "kXHC1983", "kHanyuPinyin")

# Where a family name is read otherwise than most words are. Traditional forms follow.
SURNAMES = """
    曾 zeng 单 shan 仇 qiu 区 ou 解 xie 查 zha 盖 ge 朴 piao 乐 yue 覃 qin,tan 缪 miao 翟 zhai
    洗 xian 员 yun 贠 yun 郇 xun,huan 隗 wei,kui 谌 chen,shen 佴 nai 郗 xi,chi 黑 he,hei 种 chong
    重 chong 秘 bi 折 she 召 shao 祭 zhai 句 gou 费 fei,bi 薄 bo 卜 bu 角 jue 都 du 粘 nian
    繁 po 阚 kan 颉 xie 么 yao 适 kuo,shi 谷 gu,yu 能 nai,neng 乜 nie 藏 zang 澹 tan,dan
    逢 pang,feng 尉 yu,wei 万 wan,mo 俟 qi,si 长 zhang,chang 宓 mi,fu 晟 cheng,sheng 嗯 en
    單 shan 區 ou 蓋 ge 樂 yue 繆 miao 員 yun 貟 yun 諶 chen,shen 種 chong 費 fei,bi 賁 ben
    適 kuo,shi 萬 wan,mo 長 zhang,chang
"""


def surnames():
    words = SURNAMES.split()
    return {ord(character): readings.split(",")
            for character, readings in zip(words[::2], words[1::2])}


# --- the source -------------------------------------------------------------------------------------


def plain(syllable):
    """Without its tone, as it is typed; empty for sounds without a vowel."""
    letters = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    letters = "".join(c for c in letters if "a" <= c <= "z")
    return letters if re.search("[aeiouv]", letters) else ""


def syllables(field, value):
    """The readings that one field of the source lists, in its order."""
    if field == "kHanyuPinlu":
        return [entry.split("(")[0] for entry in value.split()]
    if field == "kMandarin":
        return value.split()
    found = []
    for entry in value.split():
        found += entry.split(":")[1].split(",")
    return found


def read_source(path):
    """{code point: {field: readings}}"""
    characters = {}
    opener = bz2.open if path.endswith(".bz2") else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("U+"):
                continue
            point, field, value = line.rstrip("\n").split("\t", 2)
            if field in FIELDS:
                readings = [plain(syllable) for syllable in syllables(field, value)]
                characters.setdefault(int(point[2:], 16), {})[field] = [r for r in readings if r]
    return characters


def readings_of(fields, family):
    taken = family + fields.get("kMandarin", [])[:1]
    taken += fields.get("kHanyuPinlu", []) + fields.get("kMandarin", [])
    taken += fields.get("kTGHZ2013", fields.get("kXHC1983", []))
    if not taken:
        taken = fields.get("kHanyuPinyin", [])[:1]
    return tuple(dict.fromkeys(taken))[:READINGS]


def read_characters(path):
    """{code point: readings}, for every character that the table is to have."""
    family = surnames()
    source = read_source(path)
    characters = {0x3007: ("ling",)}
    for point, fields in source.items():
        if FIRST <= point <= LAST or "kTGHZ2013" in fields:
            readings = readings_of(fields, family.get(point, []))
            if readings:
                characters[point] = readings
    missing = [chr(point) for point in family if point not in characters]
    if missing:
        sys.exit(f"no such characters: {missing}")
    return characters


# --- the table --------------------------------------------------------------------------------------


def rows(numbers, width):
    for start in range(0, len(numbers), width):
        yield "  " + ", ".join(str(number) for number in numbers[start:start + width]) + ","


def encode(characters):
    """(syllables, sets, {code point: code}): a code below the number of syllables is one of them; above,
    it leads to a set, which is a count and so many syllables."""
    names = sorted({reading for readings in characters.values() for reading in readings})
    number = {name: place for place, name in enumerate(names)}
    sets, places, codes = [], {}, {}
    for point in sorted(characters):
        readings = characters[point]
        if len(readings) == 1:
            codes[point] = number[readings[0]]
            continue
        if readings not in places:
            places[readings] = len(names) + len(sets)
            sets += [len(readings)] + [number[reading] for reading in readings]
        codes[point] = places[readings]
    return names, sets, codes


def table(path):
    names, sets, codes = encode(read_characters(path))
    none = 0xFFFF
    assert len(names) + len(sets) < none
    dense = [codes.get(point, none) for point in range(FIRST, LAST + 1)]
    sparse = [(point, code) for point, code in sorted(codes.items())
              if not FIRST <= point <= LAST]
    lines = ["/* Made by pinyin_table.py from the Unihan database of Unicode 15.0. */",
             f"#define TABLE_FIRST 0x{FIRST:x}", f"#define TABLE_LAST 0x{LAST:x}",
             f"#define TABLE_NONE 0x{none:x}", f"#define TABLE_SYLLABLES {len(names)}", "",
             f"static const char table_syllables[TABLE_SYLLABLES][{max(map(len, names)) + 1}] = {{"]
    lines += rows([f'"{name}"' for name in names], 12)
    lines += ["};", "", "static const uint16_t table_sets[] = {"]
    lines += rows(sets, 24)
    lines += ["};", "", "static const uint16_t table_codes[TABLE_LAST - TABLE_FIRST + 1] = {"]
    lines += rows(dense, 20)
    lines += ["};", "", "static const struct {", "  uint32_t point;", "  uint16_t code;",
              "} table_others[] = {"]
    lines += rows([f"{{0x{point:x}, {code}}}" for point, code in sparse], 6)
    return "\n".join(lines + ["};", ""])


def main(arguments):
    check = arguments[:1] == ["--check"]
    made = arguments[1] if check else None
    source = arguments[2 if check else 0:][:1]
    text = table(source[0] if source else SOURCE)
    if not check:
        sys.stdout.write(text)
        return
    with open(made, encoding="utf-8") as file:
        if file.read() != text:
            sys.exit(f"{made} is not what the script makes")


if __name__ == "__main__":
    main(sys.argv[1:])
