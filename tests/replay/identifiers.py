"""Identifier values that carry the seed of their world, so worlds never meet in one database.

A band of 10,000 ids belongs to each seed: seed 7 owns ids 10,070,000 to 10,079,999, phones
+79 01007 xxxx, mailboxes at s01007.example and cards C01007xxx.
"""

import re

FIRST_BAND = 1_000  # ids stay above 10 million and are not mistaken for arrival numbers
SEEDS = 90_000
BAND = 10_000

_MARKS = re.compile(r"\+79(\d{5})\d{4}\b|@s(\d{5})\.|\bC(\d{5})\d{3}\b|(?<![\d+])(\d{4,5})\d{4}\b")


def band(seed: int) -> int:
    """Number of a world's band of ids."""
    return FIRST_BAND + seed % SEEDS


def number(seed: int, n: int) -> int:
    """The n-th id of a world; site, cookie and CRM ids are counted apart and may be equal."""
    assert 0 < n < BAND
    return band(seed) * BAND + n


def phone(seed: int, n: int) -> str:
    """The n-th phone of a world in E.164."""
    return f"+79{band(seed):05d}{n:04d}"


def written_phone(seed: int, n: int) -> str:
    """The same phone as people type it."""
    digits = phone(seed, n)[2:]
    forms = (
        f"+7{digits}",
        f"8 ({digits[:3]}) {digits[3:6]}-{digits[6:8]}-{digits[8:]}",
        f"8{digits}",
        f"тел. 8{digits} Иван, после 18:00",
    )
    return forms[n % len(forms)]


def email(seed: int, n: int) -> str:
    """The n-th e-mail of a world."""
    return f"m{n}@s{band(seed):05d}.example"


def card(seed: int, n: int) -> str:
    """The n-th loyalty card of a world."""
    return f"C{band(seed):05d}{n:03d}"


def seeds_in(text: str) -> list[int]:
    """The seeds whose bands the values in `text` belong to."""
    bands = {int(part) for match in _MARKS.findall(text) for part in match if part}
    return sorted(b - FIRST_BAND for b in bands if FIRST_BAND <= b < FIRST_BAND + SEEDS)
