"""industries: no C file of core/ knows a line of business. What one does differently from another is a package in
scripts/ or plugins/; adding an industry is adding a folder.

Looked at are names and strings, whole words, "_" between; comments may tell of an example.
"""

import os
import re

import source

# Plugins that carry something for whatever business it is.
ANY_BUSINESS = {"carrier", "mail", "metrics", "template", "webhook", "cmake"}

# What the packages are about, besides their own names.
NOUNS = {"health product", "real estate", "estate", "pharmacy", "pharmacies", "dealer", "refill", "rebate",
         "territory", "outlet", "property", "apartment", "filing", "prospect", "opportunity", "funnel", "overdue freeze",
         "保健品", "房地产", "房源", "楼盘", "药店", "分销", "经销", "投诉", "返利"}

# (file, word) → why it may stand there.
ALLOWED = {
    ("core/api/nouns/customer.c", "complaint"): "customer.overview of the protocol has a list of that name",
    ("core/api/nouns/customer.c", "投诉"): "the same in its Chinese text",
    ("core/api/nouns/customer.c", "distributor"): "a value that the attribute of a customer may have (SEG-02)",
    ("core/api/nouns/customer.c", "pharmacy"): "the same",
}

# Each must be found, or must not, before anything else is looked at.
SEEDED = ['#define HEALTH_PRODUCT_DAYS 5', 'static int health_product_days;', 'api_noun_type(ctx, "real_estate")',
          'if (base_slice_is(type, "complaints")) return;', 'void sales_pool_open(void);', '"见投诉记录"',
          'call(ctx, "distributor.release"); // by hand', '/* x */ "route" /* y */']
CALM = ['/* "health_product/init.lua:12" */', 'int x; // of real_estate', 'static int salesman;', 'enroute();',
        '"http://example.com/"', 'unit_of(text);']


def folders(parent):
    return {entry.name for entry in os.scandir(os.path.join(source.ROOT, parent)) if entry.is_dir()}


def words():
    named = folders("scripts") - {"types"} | folders("plugins") - ANY_BUSINESS
    return named | NOUNS


def expression(word):
    """The word as a part of a name or of a sentence, in one number or several."""
    if not word.isascii():
        return re.escape(word)
    return r"(?<![a-z])" + re.sub(r"[ _]", "[ _-]", word) + r"s?(?![a-z])"


def without_comments(text):
    return source.C_PARTS.sub(
        lambda part: source.blank(part) if part.group()[0] == "/" else part.group(), text)


def found_in(text, known):
    for number, line in enumerate(without_comments(text).lower().split("\n"), 1):
        for word, pattern in known.items():
            if pattern.search(line):
                yield number, word


def check_itself(known):
    for text in SEEDED:
        assert list(found_in(text, known)), f"not found: {text}"
    for text in CALM:
        assert not list(found_in(text, known)), f"found: {text}"


def main():
    known = {word: re.compile(expression(word)) for word in sorted(words())}
    check_itself(known)
    paths = [path for path in source.files(".c", ".h") if path.startswith("core/")]
    findings, used = [], set()
    for path in paths:
        for number, word in found_in(source.read(path), known):
            used.add((path, word))
            if (path, word) not in ALLOWED:
                findings.append(f"{path}:{number}: “{word}” is a business's word: it belongs into a package")
    findings += [f"{path}:1: “{word}” is allowed, and not there" for path, word in sorted(set(ALLOWED) - used)]
    source.report(findings, len(paths))


if __name__ == "__main__":
    main()
