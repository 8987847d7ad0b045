"""lunar_table: makes core/data/lunar_table.c, or says whether it is what it should be.

    python3 core/data/lunar_table.py > core/data/lunar_table.c
    python3 core/data/lunar_table.py --check core/data/lunar_table.c
    python3 core/data/lunar_table.py --close      what happens within minutes of midnight

The rules (GB/T 33661-2017): a month begins on the day of the new moon; the month of the winter
solstice is the 11th; where thirteen months lie from one 11th month to the next, the first of them
that has none of the twelve major solar terms is a leap month and bears the number of the one
before. Days are those of China Standard Time since 1929, before that of Beijing's mean solar time.

New moons follow J. Meeus, Astronomical Algorithms, chapter 49 (to 16 seconds); the sun's longitude
follows chapter 25 with the largest terms of Venus, Jupiter and the moon (solar terms to 7 minutes,
mostly to 2). The difference of dynamical time and clocks is known up to 2025; what is used for
later years is a guess that may be wrong by half a minute. --close shows how little hangs on that.
"""

import math
import sys

FIRST_YEAR = 1901
LAST_YEAR = 2099
CHINA = 8 * 3600
BEIJING = 7 * 3600 + 45 * 60 + 40  # 116 degrees 25 minutes east
CLOSE_MOON = 180  # seconds from midnight that --close lists
CLOSE_SUN = 480
DAY_1970 = 2440587.5

# Days on which a month began by the calendar that was in force, where it was computed otherwise.
PUBLISHED = {"1906-04-23": "1906-04-24"}  # by the method of 1742


def sine(degrees):
    return math.sin(math.radians(degrees))


# --- time -------------------------------------------------------------------------------------------

DELTA_T = [(1890, -5.9), (1900, -2.7), (1905, 3.9), (1910, 10.5), (1915, 17.2), (1920, 21.2),
           (1925, 23.6), (1930, 24.0), (1935, 23.9), (1940, 24.3), (1945, 26.8), (1950, 29.1),
           (1955, 31.1), (1960, 33.2), (1965, 35.7), (1970, 40.2), (1975, 45.5), (1980, 50.5),
           (1985, 54.3), (1990, 56.9), (1995, 60.8), (2000, 63.8), (2005, 64.7), (2010, 66.1),
           (2015, 67.6), (2020, 69.4), (2025, 69.1), (2110, 95.0)]


def delta_t(year):
    """Seconds by which dynamical time is ahead of the earth's rotation."""
    for (before, low), (after, high) in zip(DELTA_T, DELTA_T[1:]):
        if year <= after:
            return low + (high - low) * (year - before) / (after - before)
    return DELTA_T[-1][1]


def local(jde):
    """(day since 1970-01-01, seconds in that day) in China at that dynamical time."""
    year = 2000 + (jde - 2451545) / 365.25
    zone = CHINA if year >= 1929 else BEIJING
    seconds = (jde - DAY_1970) * 86400 - delta_t(year) + zone
    return int(seconds // 86400), seconds % 86400


# --- the moon ---------------------------------------------------------------------------------------

# Coefficient, power of the eccentricity, multiples of M, M' and F.
MOON = [(-0.40720, 0, 0, 1, 0), (0.17241, 1, 1, 0, 0), (0.01608, 0, 0, 2, 0),
        (0.01039, 0, 0, 0, 2), (0.00739, 1, -1, 1, 0), (-0.00514, 1, 1, 1, 0),
        (0.00208, 2, 2, 0, 0), (-0.00111, 0, 0, 1, -2), (-0.00057, 0, 0, 1, 2),
        (0.00056, 1, 1, 2, 0), (-0.00042, 0, 0, 3, 0), (0.00042, 1, 1, 0, 2),
        (0.00038, 1, 1, 0, -2), (-0.00024, 1, -1, 2, 0), (-0.00007, 0, 2, 1, 0),
        (0.00004, 0, 0, 2, -2), (0.00004, 0, 3, 0, 0), (0.00003, 0, 1, 1, -2),
        (0.00003, 0, 0, 2, 2), (-0.00003, 0, 1, 1, 2), (0.00003, 0, -1, 1, 2),
        (-0.00002, 0, -1, 1, -2), (-0.00002, 0, 1, 3, 0), (0.00002, 0, 0, 4, 0)]
PLANETS = [(0.000325, 299.77, 0.107408), (0.000165, 251.88, 0.016321),
           (0.000164, 251.83, 26.651886), (0.000126, 349.42, 36.412478),
           (0.000110, 84.66, 18.206239), (0.000062, 141.74, 53.303771),
           (0.000060, 207.14, 2.453732), (0.000056, 154.84, 7.306860),
           (0.000047, 34.52, 27.261239), (0.000042, 207.19, 0.121824),
           (0.000040, 291.34, 1.844379), (0.000037, 161.72, 24.198154),
           (0.000035, 239.56, 25.513099), (0.000023, 331.55, 3.592518)]


def new_moon(k):
    """Dynamical time of the k-th new moon since January 2000."""
    t = k / 1236.85
    e = 1 - 0.002516 * t - 0.0000074 * t * t
    m = 2.5534 + 29.10535670 * k - 0.0000014 * t * t
    moon = 201.5643 + 385.81693528 * k + 0.0107582 * t * t + 0.00001238 * t ** 3
    f = 160.7108 + 390.67050284 * k - 0.0016118 * t * t - 0.00000227 * t ** 3
    node = 124.7746 - 1.56375588 * k + 0.0020672 * t * t
    jde = 2451550.09766 + 29.530588861 * k + 0.00015437 * t * t - 0.00000015 * t ** 3
    jde += sum(size * e ** power * sine(a * m + b * moon + c * f) for size, power, a, b, c in MOON)
    jde += sum(size * sine(start + rate * k - (0.009173 * t * t if i == 0 else 0))
               for i, (size, start, rate) in enumerate(PLANETS))
    return jde - 0.00017 * sine(node)


# --- the sun ----------------------------------------------------------------------------------------

def sun(jde):
    """The sun's apparent longitude in degrees."""
    t = (jde - 2451545) / 36525
    u = t + 1  # centuries since 1900
    m = 357.52911 + 35999.05029 * t - 0.0001537 * t * t
    longitude = 280.46646 + 36000.76983 * t + 0.0003032 * t * t
    longitude += (1.914602 - 0.004817 * t - 0.000014 * t * t) * sine(m)
    longitude += (0.019993 - 0.000101 * t) * sine(2 * m) + 0.000289 * sine(3 * m)
    longitude += 0.00134 * sine(90 + 153.23 + 22518.7541 * u)
    longitude += 0.00154 * sine(90 + 216.57 + 45037.5082 * u)
    longitude += 0.00200 * sine(90 + 312.69 + 32964.3577 * u)
    longitude += 0.00179 * sine(350.74 + 445267.1142 * u - 0.00144 * u * u)
    longitude += 0.00178 * sine(231.19 + 20.20 * u)
    longitude -= 0.00569 + 0.00478 * sine(125.04 - 1934.136 * t)
    longitude -= 0.00037 * sine(2 * (280.4665 + 36000.7698 * t))
    return longitude % 360


def solar_term(longitude, near):
    """Dynamical time, near that one, at which the sun stands at the longitude."""
    for _ in range(20):
        behind = (longitude - sun(near) + 180) % 360 - 180
        near += behind * 365.2422 / 360
        if abs(behind) < 1e-7:
            return near
    raise ArithmeticError(f"no solar term at {longitude} near {near}")


# --- the calendar -----------------------------------------------------------------------------------

def civil(day):
    """(year, month, day) of the day since 1970-01-01."""
    z = day + 719468
    era, in_era = divmod(z, 146097)
    year = (in_era - in_era // 1460 + in_era // 36524 - in_era // 146096) // 365
    in_year = in_era - (365 * year + year // 4 - year // 100)
    month = (5 * in_year + 2) // 153
    day = in_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return era * 400 + year + (month <= 2), month, day


def text(day):
    return "%04d-%02d-%02d" % civil(day)


def day_of(written):
    """The reverse of text()."""
    year, month, day = map(int, written.split("-"))
    near = int((year - 1970) * 365.2425 + (month - 1) * 30.4)
    return next(d for d in range(near - 5, near + 40) if civil(d) == (year, month, day))


def january(year):
    return DAY_1970 + day_of(f"{year}-01-01")


def months():
    """The first day of every month from before 1900 to after 2100."""
    first = round((FIRST_YEAR - 2 - 2000) * 12.3685)
    last = round((LAST_YEAR + 3 - 2000) * 12.3685)
    moved = {day_of(computed): day_of(written) for computed, written in PUBLISHED.items()}
    days = (local(new_moon(k))[0] for k in range(first, last))
    return [moved.get(day, day) for day in days]


def major_terms():
    """The days of the twelve major solar terms of each year, the winter solstices apart."""
    days, solstices = [], {}
    for year in range(FIRST_YEAR - 1, LAST_YEAR + 2):
        for i in range(12):
            longitude = (300 + 30 * i) % 360
            day = local(solar_term(longitude, january(year) + 19.5 + 30.5 * i))[0]
            days.append(day)
            if longitude == 270:
                solstices[year] = day
    return days, solstices


def numbers():
    """(first day, lunar year, month, leap, days) of every month."""
    starts = months()
    terms, solstices = major_terms()
    has_term = {max(s for s in starts if s <= t) for t in terms if t >= starts[0]}
    elevenths = [max(i for i, s in enumerate(starts) if s <= solstices[year])
                 for year in sorted(solstices)]
    for year, begin, end in zip(sorted(solstices), elevenths, elevenths[1:]):
        leap = None
        if end - begin == 13:
            leap = next(i for i in range(begin + 1, end) if starts[i] not in has_term)
        month = 11
        for i in range(begin, end):
            if i != begin and i != leap:
                month = month % 12 + 1
            early = month >= 11 and i - begin < 3
            yield (starts[i], year if early else year + 1, month, i == leap,
                   starts[i + 1] - starts[i])


def rows():
    """(year, first day, leap month, lengths of its months in order)."""
    years = {}
    for start, year, month, leap, days in numbers():
        row = years.setdefault(year, [start, 0, []])
        row[2].append(days)
        if leap:
            row[1] = month
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        start, leap, lengths = years[year]
        assert len(lengths) == 12 + (leap > 0) and set(lengths) <= {29, 30}, year
        yield year, start, leap, lengths


def packed():
    for year, start, leap, lengths in rows():
        offset = start - day_of(f"{year}-01-01")
        bits = sum((days == 30) << i for i, days in enumerate(lengths))
        yield year, offset << 17 | leap << 13 | bits


HEAD = """/* lunar_table: the months of the lunar years 1901 to 2099. See lunar_table.h.
 *
 * Memory:  static.  Threads: any.  Fails: never.
 *
 * Made by lunar_table.py, which says how; not edited by hand. */
#include "data/lunar_table.h"

// clang-format off
const uint32_t data_lunar_years[DATA_LUNAR_YEARS] = {
"""


def table():
    values = list(packed())
    lines = []
    for i in range(0, len(values), 8):
        words = ", ".join(f"0x{word:06x}" for _, word in values[i:i + 8])
        lines.append(f"    {words}, /* {values[i][0]} */\n")
    return HEAD + "".join(lines) + "};\n// clang-format on\n"


def close():
    """What happens near midnight, where a better theory or another guess might change the day."""
    first = round((FIRST_YEAR - 2000) * 12.3685)
    last = round((LAST_YEAR + 1 - 2000) * 12.3685)
    for k in range(first, last):
        day, seconds = local(new_moon(k))
        if min(seconds, 86400 - seconds) < CLOSE_MOON:
            print(f"new moon {text(day)}, {seconds:.0f} seconds of the day")
    starts = set(months())
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for i in range(12):
            jde = solar_term((300 + 30 * i) % 360, january(year) + 19.5 + 30.5 * i)
            day, seconds = local(jde)
            border = day + (seconds > 43200)
            if min(seconds, 86400 - seconds) < CLOSE_SUN and border in starts:
                print(f"solar term {text(day)}, {seconds:.0f} seconds of the day, a month begins")


def main(arguments):
    if arguments == ["--close"]:
        close()
    elif len(arguments) == 2 and arguments[0] == "--check":
        with open(arguments[1], encoding="utf-8") as file:
            same = file.read() == table()
        print("the table is what the rules give" if same else "the table is not what it should be")
        return 0 if same else 1
    else:
        sys.stdout.write(table())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
