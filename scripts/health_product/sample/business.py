"""business: one year of the sample business as plain values, the same for the same `today`.

A consumer buys one product first, comes back when it runs out as long as he stays loyal, sometimes
adds a second product, sometimes falls silent and returns after a season.
"""

import datetime
import random

import catalogue

CONSUMERS = 2000
ORDERS = 6000
DAYS = 365
SEED = 20260307


def pick(rng, weighted):
    """One of (value, …, weight) rows, as a row without its weight; a lone value as itself."""
    row = rng.choices(weighted, weights=[entry[-1] for entry in weighted])[0][:-1]
    return row[0] if len(row) == 1 else row


def pharmacies():
    for number, (name, district) in enumerate(catalogue.PHARMACIES):
        yield {"name": name, "phone": f"0531-8000{1001 + number}", "district": district}


def birthday(born):
    """Who was born before 1950 keeps it by the lunar calendar; of that only month and day count."""
    if born.year >= 1950:
        return {"birthday": born.isoformat()}
    return {"lunar_birthday": f"{born.year}-{born.month:02d}-{min(born.day, 29):02d}"}


def consumers():
    """Two thousand people with their pharmacy as an index into pharmacies()."""
    rng = random.Random(SEED)
    for number in range(CONSUMERS):
        woman = rng.random() < 0.62
        district = pick(rng, catalogue.DISTRICTS)
        near = [i for i, row in enumerate(catalogue.PHARMACIES) if row[1] == district]
        born = datetime.date(rng.choice(range(1942, 1982)), 1, 1) + datetime.timedelta(rng.randrange(365))
        prefix = catalogue.PREFIXES[number % len(catalogue.PREFIXES)]
        yield {
            "name": pick(rng, catalogue.SURNAMES) + rng.choice(catalogue.WOMEN if woman else catalogue.MEN),
            "phone": f"{prefix}0000{1001 + number // len(catalogue.PREFIXES) * 7:04d}",
            "district": district,
            "pharmacy": rng.choice(near),
            **birthday(born),
            "source": pick(rng, catalogue.SOURCES),
            "owner": pick(rng, catalogue.REPS),
        }


def first_product(rng):
    return rng.choices(range(len(catalogue.PRODUCTS)), weights=[p[3] for p in catalogue.PRODUCTS])[0]


def lines(rng, products):
    return [{"product": product, "quantity": rng.choices((1, 2, 3, 4), weights=(30, 40, 18, 12))[0]}
            for product in products]


def supply(order_lines):
    """Days until the first of the products runs out."""
    return min((catalogue.PRODUCTS[line["product"]][1] or DAYS) * line["quantity"]
               for line in order_lines)


def purchases(rng):
    """(day, lines) of one consumer; day 0 is a year ago."""
    products = [first_product(rng)]
    loyalty = rng.choice((0.5, 0.65, 0.78, 0.88))
    known = rng.random() < 0.3  # bought before the year began
    day = rng.randrange(60) if known else rng.randrange(DAYS)
    while day <= DAYS:
        bought = lines(rng, products)
        yield day, bought
        if rng.random() < 0.12 and len(products) < 3:
            products = sorted({*products, first_product(rng)})
        day += max(4, supply(bought) + rng.randint(-4, 9))
        if rng.random() > loyalty:
            day += rng.randint(50, 200)


def orders(today):
    """Exactly ORDERS orders, oldest first; the last of them is of today."""
    rng = random.Random(SEED + 1)
    start = today - datetime.timedelta(DAYS)
    rows = [(day, consumer, bought) for consumer in range(CONSUMERS) for day, bought in purchases(rng)]
    while len(rows) < ORDERS:
        rows.append((rng.randrange(DAYS), rng.randrange(CONSUMERS), lines(rng, [first_product(rng)])))
    rows = sorted(rng.sample(rows, ORDERS), key=lambda row: row[:2])
    rows[-1] = (DAYS, *rows[-1][1:])
    for day, consumer, bought in rows:
        on = start + datetime.timedelta(day)
        yield {"consumer": consumer, "ordered_on": on.isoformat(), "lines": bought}


def is_left_open(task, today):
    """Most of what was due is done; a few of the last two weeks are overdue."""
    rng = random.Random(SEED + task["id"])
    age = (today - datetime.date.fromisoformat(task["due_on"])).days
    return age <= 14 and rng.random() < 0.03


def made_at(number, age, midnight):
    """Nine in ten revisits were made on their day, the others up to four days later (REV-13); in
    milliseconds. A task of that number, due `age` days ago; `midnight`: when today began."""
    rng = random.Random(SEED + number)
    minutes = rng.randint(9 * 60, 20 * 60 - 1)
    late = rng.randint(1, 4) if rng.random() < 0.1 else 0
    return midnight + (min(late - age, -1) * 24 * 60 + minutes) * 60000


def answer(task):
    """What the rep wrote down: how, what was said, and the answers (REV-04)."""
    rng = random.Random(SEED + task["id"])
    use, effect, opinion, likelihood = pick(rng, [(*row, weight) for row, weight in catalogue.ANSWERS])
    return {"method": pick(rng, catalogue.METHODS), "content": opinion,
            "answers": {"use_state": use, "effect": effect, "opinion": opinion,
                        "continue_likelihood": likelihood}}


def guests():
    """People who came to a lecture: the plan for those who have not bought is theirs."""
    rng = random.Random(SEED + 2)
    for number in range(catalogue.GUESTS):
        district = pick(rng, catalogue.DISTRICTS)
        yield {"name": pick(rng, catalogue.SURNAMES) + rng.choice(catalogue.WOMEN),
               "phone": f"19900001{101 + number}", "kind": "person", "attribute": "direct",
               "region": f"山东/济南/{district}", "source": "健康讲座",
               "owner": pick(rng, catalogue.REPS)}
