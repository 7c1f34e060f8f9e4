"""The sales team of the shop, its pipelines and currencies, as the portal lists them.

Belongs here: who the managers are and how they differ, and the dictionaries of the portal. Does
not belong here: what a manager does with a lead or a deal (`selling.py`).
"""

from dataclasses import dataclass
from random import Random
from typing import Any

SALES = 1  # the pipeline of what managers sell; site orders stay in pipeline 0
# Stages of the sales pipeline in the order of the dictionary, then how a deal ends in it.
STEPS = ("C1:NEW", "C1:NEEDS", "C1:OFFER", "C1:CONTRACT")
WON = "C1:WON"
LOSSES = ("C1:PRICE", "C1:RIVAL", "C1:TERMS", "C1:LOSE")


@dataclass(frozen=True)
class Manager:
    """One manager: share of the work, usual minutes to a first answer, pace, share of deals won."""

    id: int
    name: str
    last_name: str
    position: str
    extension: str
    work: int
    minutes: float
    pace: float
    wins: float


# From the one who answers at once to the one who lets people wait until the evening.
MANAGERS = (
    Manager(2, "Ольга", "Ветрова", "Старший менеджер", "201", 30, 3, 0.7, 0.42),
    Manager(3, "Игорь", "Лапшин", "Менеджер по продажам", "202", 28, 12, 1.0, 0.31),
    Manager(4, "Дарья", "Соколова", "Менеджер по продажам", "203", 22, 35, 1.1, 0.26),
    Manager(11, "Павел", "Громов", "Менеджер по продажам", "205", 14, 110, 1.6, 0.18),
    Manager(12, "Анна", "Юдина", "Стажёр", "211", 6, 50, 1.3, 0.22),
)
BY_ID = {manager.id: manager for manager in MANAGERS}

# (entity, status, name, semantics)
DICTIONARY = (
    ("SOURCE", "CALL", "Звонок", None),
    ("SOURCE", "WEB", "Веб-сайт", None),
    ("SOURCE", "WEBFORM", "CRM-форма", None),
    ("SOURCE", "OPENLINE", "Открытая линия", None),
    ("SOURCE", "STORE", "Интернет-магазин", None),
    ("STATUS", "NEW", "Не обработан", None),
    ("STATUS", "IN_PROCESS", "В работе", None),
    ("STATUS", "CONVERTED", "Качественный лид", "S"),
    ("STATUS", "JUNK", "Некачественный лид", "F"),
    ("DEAL_STAGE", "NEW", "Новая", None),
    ("DEAL_STAGE", "PREPARATION", "Подготовка документов", None),
    ("DEAL_STAGE", "EXECUTING", "В работе", None),
    ("DEAL_STAGE", "WON", "Сделка успешна", "S"),
    ("DEAL_STAGE", "LOSE", "Сделка провалена", "F"),
    ("SOURCE", "ADVERTISING", "Реклама", None),
    ("SOURCE", "PARTNER", "Существующий клиент", None),
    ("SOURCE", "RECOMMENDATION", "По рекомендации", None),
    ("SOURCE", "UC_4K2M1N", "Авито", None),
    ("STATUS", "UC_NOSALE", "Передумал", "F"),
    ("DEAL_STAGE_1", "C1:NEW", "Новая заявка", None),
    ("DEAL_STAGE_1", "C1:NEEDS", "Выяснение потребности", None),
    ("DEAL_STAGE_1", "C1:OFFER", "Предложение отправлено", None),
    ("DEAL_STAGE_1", "C1:CONTRACT", "Договор и оплата", None),
    ("DEAL_STAGE_1", "C1:WON", "Продано", "S"),
    ("DEAL_STAGE_1", "C1:PRICE", "Дорого", "F"),
    ("DEAL_STAGE_1", "C1:RIVAL", "Купил у другого", "F"),
    ("DEAL_STAGE_1", "C1:TERMS", "Не устроили сроки", "F"),
    ("DEAL_STAGE_1", "C1:LOSE", "Не отвечает", "F"),
)
SEMANTICS = {status: said for entity, status, _, said in DICTIONARY if "STAGE" in entity}
PRODUCTS = ("Диван «Осло»", "Кресло «Сканди»", "Стол «Дуб»", "Доставка и сборка")
PIPELINES = ((0, "Интернет-заказы"), (SALES, "Отдел продаж"))
# (code, name, rubles for `count` of it)
CURRENCIES = (("RUB", "Российский рубль", "1", 1), ("BYN", "Белорусский рубль", "28.5", 1))


def manager_of(seed: int, kind: str, number: int) -> Manager:
    """Whose an object of the CRM is: drawn by its number alone, so that no other die is moved."""
    dice = Random(f"{seed}:manager:{kind}:{number}")
    return dice.choices(MANAGERS, [manager.work for manager in MANAGERS])[0]


def statuses() -> list[dict[str, Any]]:
    """Lines of the portal's dictionaries."""
    return [
        {
            "ID": str(number),
            "ENTITY_ID": entity,
            "STATUS_ID": status,
            "NAME": name,
            "NAME_INIT": "",
            "SORT": str(number * 10),
            "SYSTEM": "N",
            "COLOR": "",
            "SEMANTICS": semantics,
            "CATEGORY_ID": str(SALES) if entity == "DEAL_STAGE_1" else "0",
        }
        for number, (entity, status, name, semantics) in enumerate(DICTIONARY, start=1)
    ]


def categories() -> list[dict[str, Any]]:
    """Pipelines, in the shape of the newer methods."""
    return [
        {
            "id": number,
            "name": name,
            "sort": 100 * (number + 1),
            "entityTypeId": 2,
            "isDefault": "N" if number else "Y",
        }
        for number, name in PIPELINES
    ]


def currencies() -> list[dict[str, Any]]:
    """Currencies of the CRM; they have no number."""
    return [
        {
            "CURRENCY": code,
            "AMOUNT_CNT": str(count),
            "AMOUNT": amount,
            "SORT": str(100 * place),
            "BASE": "Y" if place == 1 else "N",
            "FULL_NAME": name,
            "DATE_UPDATE": "2025-01-09T10:00:00+03:00",
        }
        for place, (code, name, amount, count) in enumerate(CURRENCIES, start=1)
    ]


def users() -> list[dict[str, Any]]:
    """The staff: the administrator, the managers, and one who has left."""
    people = [
        (1, "Администратор", "", "", None, True),
        *((m.id, m.name, m.last_name, m.position, m.extension, True) for m in MANAGERS),
        (10, "Роман", "Белов", "Менеджер по продажам", None, False),
    ]
    return [
        {
            "ID": str(number),
            "ACTIVE": active,
            "NAME": name,
            "LAST_NAME": last_name,
            "SECOND_NAME": "",
            "WORK_POSITION": position,
            "UF_DEPARTMENT": [5 if position else 1],
            "UF_PHONE_INNER": extension,
            "PERSONAL_BIRTHDAY": "",
        }
        for number, name, last_name, position, extension, active in people
    ]


def product_rows(seed: int, deal: int, kopecks: int) -> list[dict[str, Any]]:
    """What is sold in a deal: up to three rows that add up to its amount; some have a discount."""
    dice = Random(f"{seed}:products:{deal}")
    count = dice.randint(1, 3)
    parts = [kopecks // count] * (count - 1)
    rows = []
    for place, part in enumerate([*parts, kopecks - sum(parts)], start=1):
        product = dice.randrange(len(PRODUCTS))
        discount = dice.choice((0, 0, 5, 10))
        full = part * 100 // (100 - discount)
        rows.append(
            {
                "ID": str(10 * deal + place),
                "OWNER_ID": str(deal),
                "OWNER_TYPE": "D",
                "PRODUCT_ID": str(101 + product),
                "PRODUCT_NAME": PRODUCTS[product],
                "PRICE": part / 100,
                "PRICE_BRUTTO": full / 100,
                "QUANTITY": 1,
                "DISCOUNT_TYPE_ID": 2,
                "DISCOUNT_RATE": discount,
                "DISCOUNT_SUM": (full - part) / 100,
                "TAX_RATE": 20,
                "TAX_INCLUDED": "Y",
            }
        )
    return rows
