"""Files of customers for imports: so many rows, and what is wrong with which of them."""

import random

SURNAMES = "王李张刘陈杨赵黄周吴"
NAMES = "秀兰建国小红丽华志强伟芳敏静"
HEADER = "名称,电话,负责人,生日,标签,地址"


def phone(number):
    return f"139{number:08d}"


def good_row(chance, number):
    name = chance.choice(SURNAMES) + chance.choice(NAMES) + chance.choice(NAMES)
    birthday = f"19{50 + number % 50}年{1 + number % 12}月{1 + number % 28}日"
    return f"{name},{phone(number)},李静,{birthday},重点;老客户,\"济南,历下区{number}号\""


def bad_row(chance, number):
    """(row, code, field) of one of the ways in which a row can be bad."""
    name = chance.choice(SURNAMES) + chance.choice(NAMES)
    ways = [
        (f"{name},12,李静,1956/3/7,,", "VALIDATION_FAILED", "phone"),
        (f",{phone(number)},李静,,,", "VALIDATION_FAILED", "name"),
        (f"{name},{phone(number - 10)},李静,,,", "DUPLICATE", "phone"),
        (f"{name},{phone(number)},李静,1956/13/7,,", "VALIDATION_FAILED", "birthday"),
        (f"{name},{phone(number)},李静,,,,多余", "VALIDATION_FAILED", None),
    ]
    return ways[number // 100 % len(ways)]


def customers(rows, seed=7):
    """(text, {row number: (code, field)}): one row of a hundred is bad."""
    chance = random.Random(seed)
    lines, bad = [HEADER], {}
    for number in range(rows):
        if number % 100 == 50:
            line, code, field = bad_row(chance, number)
            bad[number + 1] = (code, field)
        else:
            line = good_row(chance, number)
        lines.append(line)
    return "\n".join(lines) + "\n", bad
