"""Names for the people of random shops: few, so that they meet, written as people write them."""

import random

from tests.replay.sources import Row

# One person in several spellings, a family, namesakes, half names, placeholders; often nothing.
NAMES: tuple[tuple[str | None, str | None], ...] = (
    ("Анна", "Петрова"), ("Anna", "Petrova"), ("Петрова", "Анна"), ("А.", "Петрова"),
    ("Анна", "Сидорова"), ("Борис", "Петров"), ("Иван", "Кузнецов"), ("Ivan", "Kuznetsov"),
    ("Иван Сергеевич", "Кузнецов"), ("Анна", None), ("Иван", ""), (None, "Петрова"),
    ("Клиент", ""), ("Тест", "Тестов"),
)  # fmt: skip
BIRTHDAYS = (None, None, None, "1980-05-06", "1980-06-05", "1991-12-01")
NAMED = 0.6  # share of records that tell who they are of


def called(chance: random.Random) -> Row:
    """Name fields of an account, a contact or a lead."""
    if chance.random() > NAMED:
        return {"name": None, "last_name": None}
    given, surname = chance.choice(NAMES)
    return {"name": given, "last_name": surname}


def born(chance: random.Random) -> str | None:
    """A birthday, as a source writes the day."""
    return chance.choice(BIRTHDAYS)


def whole_name(chance: random.Random) -> str:
    """What a buyer types into the one field of an order."""
    given, surname = chance.choice(NAMES)
    return " ".join(part for part in (surname, given) if part)
