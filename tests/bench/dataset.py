"""dataset: the business that every server is filled with. Deterministic; every person is invented.

Customer n (from 1) is the n-th row of the file and gets the number n from every server. Numbers of
phones are scattered, so that no index is filled in order.
"""

import csv
import datetime
import pathlib
import random

COLUMNS = ["name", "kind", "phone", "email", "region", "address", "owner", "source", "attribute",
           "birthday", "note"]
# A customer has these besides: with the number, 15 fields.
SUMS = ["order_count", "order_total", "last_order_on"]

OWNERS = 200
TASKS_PER_OWNER = 500
PRODUCTS = 100
PHONE_PREFIX = "138"
PHONE_FACTOR = 7919
PHONE_MODULUS = 10**8

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂兰建国华文志海玉春梅红云峰龙鹏飞宇浩然子轩欣怡佳慧琳"
SYLLABLES = ["wei", "fang", "na", "xiu", "ying", "min", "jing", "li", "qiang", "lei", "jun", "yang"]
CITIES = {
    "济南": ["历下", "市中", "槐荫", "天桥", "历城", "长清"], "青岛": ["市南", "市北", "崂山", "黄岛"],
    "烟台": ["芝罘", "福山", "莱山"], "潍坊": ["奎文", "潍城", "寒亭"], "临沂": ["兰山", "罗庄", "河东"],
    "淄博": ["张店", "周村", "临淄"], "济宁": ["任城", "兖州"], "泰安": ["泰山", "岱岳"],
    "威海": ["环翠", "文登"], "日照": ["东港", "岚山"], "德州": ["德城", "陵城"], "聊城": ["东昌府", "茌平"],
}
STREETS = ["泉城路", "文化东路", "山大路", "经十路", "英雄山路", "舜耕路", "二环东路", "工业南路", "花园路"]
SOURCES = ["老客户推荐", "药店介绍", "广告宣传", "健康讲座", "自主开发"]
ATTRIBUTES = ["partner", "supplier", "direct", "distributor", "pharmacy"]
NOTES = ["每月初联系，喜欢在上午接电话", "家里三位老人常年服用蛋白粉", "对价格敏感，活动时通知",
         "介绍过邻居，积分可换赠品", "血糖偏高，推荐无糖的产品", "周末在家，工作日只收短信"]
FIRST_BIRTHDAY = datetime.date(1940, 1, 1).toordinal()
FIRST_DUE = datetime.date(2030, 1, 1).toordinal()


def owners():
    """Three characters each: as many bytes for all of them."""
    return [SURNAMES[n % 40] + GIVEN[n // 40] + GIVEN[n * 7 % len(GIVEN)] for n in range(OWNERS)]


def regions():
    return [f"国内/山东/{city}/{district}" for city, parts in CITIES.items() for district in parts]


def phone(number):
    return f"{PHONE_PREFIX}{number * PHONE_FACTOR % PHONE_MODULUS:08d}"


def given_names():
    """All pairs of characters that names end with: what a search of two characters asks for."""
    return [one + other for one in GIVEN[:30] for other in GIVEN[20:50] if one != other]


def customers(count, seed=20260307):
    """Rows in the order of COLUMNS."""
    dice = random.Random(seed)
    people, places = owners(), regions()
    for number in range(1, count + 1):
        name = dice.choice(SURNAMES) + dice.choice(GIVEN) + dice.choice(GIVEN)
        region = dice.choice(places)
        yield [
            name, "person", phone(number), f"{dice.choice(SYLLABLES)}{number}@example.com", region,
            f"山东省{region.split('/')[2]}市{dice.choice(STREETS)}{dice.randint(1, 400)}号"
            f"{dice.randint(1, 30)}号楼{dice.randint(1, 6)}单元{dice.randint(101, 2902)}室",
            dice.choice(people), dice.choice(SOURCES), dice.choice(ATTRIBUTES),
            datetime.date.fromordinal(FIRST_BIRTHDAY + dice.randrange(22000)).isoformat(),
            dice.choice(NOTES),
        ]


def products():
    """name, price, cycle_days: product n is row n."""
    for number in range(1, PRODUCTS + 1):
        yield [f"天宇保健品{number:03d}号", 5000 + 100 * number, 10 + number % 50]


def tasks(customer_count, per_owner, seed=11):
    """customer, kind, title, owner, due_on, state."""
    dice = random.Random(seed)
    people = owners()
    for number in range(OWNERS * per_owner):
        kind = dice.choice(["revisit", "repurchase"])
        yield [dice.randint(1, customer_count), kind, f"回访{dice.choice(SURNAMES)}女士，问候用后感受",
               people[number % OWNERS],
               datetime.date.fromordinal(FIRST_DUE + dice.randrange(1000)).isoformat(), "open"]


def write_csv(path, header, rows):
    """Whole or not at all."""
    part = pathlib.Path(f"{path}.part")
    with open(part, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    part.rename(path)


class Dataset:
    """The files of one size, made when they are missing."""

    def __init__(self, folder, count, tasks_per_owner=TASKS_PER_OWNER):
        self.count = count
        # Customers that are asked for: those whose numbers have the same length in msgpack.
        self.asked = (0x10000, count) if count > 0x20000 else (0x100, min(count, 0xffff))
        # Bytes of a good page of an owner's customers: with few of them it may be empty.
        self.page_bytes = 300 if count >= OWNERS * 50 else 15
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.customers = self.made("customers.csv", COLUMNS, lambda: customers(count))
        self.products = self.made("products.csv", ["name", "price", "cycle_days"], products)
        self.tasks = self.made("tasks.csv", ["customer", "kind", "title", "owner", "due_on", "state"],
                               lambda: tasks(count, tasks_per_owner))

    def made(self, name, header, rows):
        path = self.folder / name
        if not path.exists():
            write_csv(path, header, rows())
        return path

    product_count = PRODUCTS
    owners = staticmethod(owners)
    given_names = staticmethod(given_names)
