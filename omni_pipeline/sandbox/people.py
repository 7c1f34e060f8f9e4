"""Who lives in the sandbox: names, addresses, telephones, habits, and how they write them.

Belongs here: everything about a person that is decided at birth, plus what the simulation has
learnt to know about them since. Does not belong here: what they do when (`web.py`, `calls.py` …).

Data are Cyrillic and untidy on purpose: this is how customers type.
"""

from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from omni_pipeline.sandbox.engine import Plan

_MALE = ("Иван", "Пётр", "Алексей", "Дмитрий", "Сергей", "Андрей", "Михаил", "Никита", "Артём")
_FEMALE = ("Анна", "Мария", "Ольга", "Елена", "Татьяна", "Наталья", "Юлия", "Алёна", "Ксения")
_SURNAMES = (
    "Иванов",
    "Смирнов",
    "Кузнецов",
    "Попов",
    "Васильев",
    "Петров",
    "Соколов",
    "Михайлов",
    "Новиков",
    "Фёдоров",
    "Морозов",
    "Волков",
    "Алексеев",
    "Лебедев",
    "Семёнов",
    "Егоров",
    "Павлов",
    "Козлов",
    "Степанов",
    "Николаев",
)
_LETTERS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщыэюя",
        (*"abvgdee", "zh", *"ziyklmnoprstuf", "kh", "ts", "ch", "sh", "sch", *"ye", "yu", "ya"),
        strict=True,
    )
)
_MAILBOXES = ("mail.ru", "yandex.ru", "gmail.com", "bk.ru", "inbox.ru", "rambler.ru", "icloud.com")
_CODES = ("903", "905", "909", "910", "915", "916", "917", "925", "926", "963", "977", "985", "999")


class Habits(NamedTuple):
    """Visits a day, orders a visit, calls a day, purchases at a till a day."""

    visits: float
    orders: float
    calls: float
    store: float


_HABITS = {
    "browser": Habits(0.03, 0.0, 0.0, 0.0),
    "buyer": Habits(0.05, 0.15, 0.004, 0.002),
    "caller": Habits(0.02, 0.04, 0.02, 0.002),
    "store": Habits(0.02, 0.03, 0.002, 0.022),
}
_OUTFITTER = Habits(0.15, 0.4, 0.004, 0.002)  # who furnishes flats for others: one in a hundred
OFFICE_SIZES = (12, 9, 15, 11, 22, 8)


@dataclass
class Fuser:
    """One shopping cookie of the site (`b_sale_fuser`) with the cart lines that hang on it."""

    id: int
    updated: int
    user_id: int | None = None
    cart: list[int] = field(default_factory=list)
    prices: list[tuple[int, int]] = field(default_factory=list)  # (kopecks, quantity) per line


@dataclass
class Device:
    """A browser of a person; `fuser` is what its cookie says at the moment."""

    client_id: str
    fuser: Fuser | None = None
    logged_in: bool = False


@dataclass
class Account:
    """A loyalty account; `balance` is the sum of its ledger in whole points.

    `drift` is what the stored balance shows above it, `faulty` that a fault is planted here.
    """

    id: int
    user_id: int | None
    card: str | None
    balance: int = 0
    drift: int = 0
    faulty: bool = False


@dataclass
class Person:
    """One customer. `phones` are E.164, `emails` lower case; the first of each is the main one."""

    id: int
    rng: Random
    name: str
    last_name: str
    emails: list[str]
    phones: list[str]
    kind: str  # browser | buyer | caller | store
    registers: str  # before | checkout | never
    visits_per_day: float
    orders_per_visit: float
    keeps: float  # what an order leaves of that: few furnish a second room
    calls_per_day: float
    store_per_day: float
    loyal: bool
    works_at: int | None
    channel: str
    devices: list[Device]
    user_id: int | None = None
    fuser: Fuser | None = None  # the surviving cookie of the account
    contact_id: int | None = None
    lead_id: int | None = None
    account: Account | None = None
    sender_contact_id: int | None = None
    left_unisender: bool = False
    known_by_email: bool = False


def latin(text: str) -> str:
    return "".join(_LETTERS.get(letter, "") for letter in text.lower())


def office_of(plan: Plan, person_id: int) -> int | None:
    """Number of the office a person works at; offices are blocks of early persons."""
    for office in range(max(1, plan.people // 500)):
        first = 3 + office * 30
        if first <= person_id < first + OFFICE_SIZES[office % len(OFFICE_SIZES)]:
            return office
    return None


def office_phone(office: int) -> str:
    return f"+7495780{1100 + office:04d}"


def families(plan: Plan) -> dict[int, int]:
    """Second member -> first member of couples who give the same phone; one couple per 600."""
    first = plan.people // 2
    return {first + 2 * n + 1: first + 2 * n for n in range(plan.people // 600)}


def mobile(seed: int, number: int) -> str:
    """A mobile number nobody else in this world has: the multiplier is prime to 10^7."""
    code = _CODES[(number + seed) % len(_CODES)]
    return f"+7{code}{(number * 7_654_321 + seed * 1_009 + 1_234_567) % 10_000_000:07d}"


def make_person(plan: Plan, person_id: int) -> Person:
    """Traits of a person: a pure function of the seed and the person's number."""
    rng = Random(f"{plan.seed}:person:{person_id}")
    female = rng.random() < 0.55
    name = rng.choice(_FEMALE if female else _MALE)
    surname = rng.choice(_SURNAMES)
    handle = f"{latin(name)}.{latin(surname)}" if rng.random() < 0.6 else f"{latin(surname)}"
    emails = [f"{handle}{person_id:05d}@{rng.choice(_MAILBOXES)}"]
    if rng.random() < 0.18:
        emails.append(f"{latin(name)}-{person_id}+shop@{rng.choice(_MAILBOXES)}")
    relative = families(plan).get(person_id)
    phones = [mobile(plan.seed, 2 * (relative or person_id))]
    if rng.random() < 0.12:
        phones.append(mobile(plan.seed, 2 * person_id + 1))
    elif rng.random() < 0.02 and relative is None and person_id not in families(plan).values():
        phones[0] = f"+37529{person_id % 10_000_000:07d}"  # Belarus
    office = office_of(plan, person_id)
    kind = rng.choices([*_HABITS], (15, 69, 8, 8))[0]
    draw = rng.random()
    registers = "before" if draw < 0.3 else "checkout" if draw < 0.78 else "never"
    if office is not None or relative is not None or person_id in families(plan).values():
        kind, registers = "buyer", "before"
    devices = [
        Device(f"{rng.getrandbits(62)}.{1_700_000_000 + rng.randrange(10**7)}")
        for _ in range(rng.choices((1, 2, 3), (50, 38, 12))[0])
    ]
    pace = min(rng.lognormvariate(0, 0.5), 4) * plan.haste
    habits = _OUTFITTER if kind == "buyer" and person_id % 97 == 0 else _HABITS[kind]
    # What an order leaves of the wish for another: most have what they came for.
    keeps = rng.choices((0.9, 0.6, 0.1 if plan.haste < 2 else 0.5), (6, 18, 76))[0]
    return Person(
        id=person_id,
        rng=rng,
        name=name,
        last_name=surname + "а" * female,
        emails=emails,
        phones=phones,
        kind=kind,
        registers=registers,
        visits_per_day=habits.visits * pace,
        orders_per_visit=habits.orders * plan.haste**0.35,
        keeps=1.0 if habits is _OUTFITTER else keeps,
        calls_per_day=habits.calls * plan.haste,
        store_per_day=habits.store * pace,
        loyal=rng.random() < (0.95 if kind == "store" else 0.6),
        works_at=office,
        channel=rng.choices(
            (
                "yandex_cpc",
                "google_organic",
                "yandex_organic",
                "direct",
                "vk",
                "vk_post",
                "referral",
                "google_cpc",
                "yandex_network",
            ),
            (27, 16, 16, 14, 9, 5, 7, 4, 2),
        )[0],
        devices=devices,
    )


def write_phone(rng: Random, phone: str, tidy: float = 0.25) -> str:
    """The number as somebody types it; all forms of one number normalise to the same E.164."""
    if not phone.startswith("+7") or rng.random() < tidy:
        return phone
    area, a, b, c = phone[2:5], phone[5:8], phone[8:10], phone[10:12]
    forms = (
        f"8 ({area}) {a}-{b}-{c}",
        f"+7 {area} {a} {b} {c}",
        f"8{area}{a}{b}{c}",
        f"7{area}{a}{b}{c}",
        f"{area}{a}{b}{c}",
        f"+7 ({area}) {a}-{b}-{c}",
        f"8-{area}-{a}-{b}-{c}",
        f" +7({area}){a}{b}{c} ",
        f"8 {area} {a}{b}{c} доб. 12" if rng.random() < 0.2 else f"8 {area} {a} {b}{c}",
    )
    return rng.choice(forms)


def write_email(rng: Random, email: str) -> str:
    """The address as typed: mixed case and stray spaces, one in six."""
    draw = rng.random()
    if draw < 0.1:
        return email[0].upper() + email[1:]
    if draw < 0.14:
        return email.upper()
    return f" {email} " if draw < 0.17 else email
