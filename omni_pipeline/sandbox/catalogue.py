"""What the shop sells and where it delivers: sections, products with prices, places.

Belongs here: b_iblock_section, b_iblock_element, b_catalog_product, bl_product_cost,
b_sale_location with names, and what is drawn from them. Does not belong here: carts (`web.py`),
orders (`orders.py`).

Untidy as catalogues are: some products have no purchase price, an offer stands in no section, a
sample stands in none at all, and what was taken out of the catalogue is still in old carts.
"""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from omni_pipeline.sandbox.engine import local
from omni_pipeline.sandbox.people import Person
from omni_pipeline.sandbox.state import World, money

CATALOGUE, OFFERS = 5, 6  # infoblocks
# id: (parent, name, what of a price the goods cost, VAT rate)
_SECTIONS: dict[int, tuple[int | None, str, float, float]] = {
    1: (None, "Мебель", 0.66, 0.2),
    11: (1, "Диваны и кресла", 0.68, 0.2),
    12: (1, "Столы и стулья", 0.64, 0.2),
    13: (1, "Хранение", 0.62, 0.2),
    2: (None, "Свет", 0.58, 0.2),
    21: (2, "Настольные лампы", 0.58, 0.2),
    22: (2, "Светильники", 0.61, 0.2),
    3: (None, "Текстиль", 0.52, 0.2),
    31: (3, "Пледы и подушки", 0.5, 0.2),
    32: (3, "Ковры", 0.57, 0.2),
    4: (None, "Декор", 0.47, 0.2),
    5: (None, "Детям", 0.65, 0.1),
    51: (5, "Детское постельное", 0.63, 0.1),
}


@dataclass(frozen=True)
class Product:
    """A product or offer; `weight` is how often it is put into a cart, beside the others."""

    id: int
    name: str
    section: int | None
    kopecks: int
    weight: int = 10
    costs: str = "catalogue"  # catalogue | contract | dollars | nobody
    offer_of: int | None = None
    listed: bool = True

    @property
    def vat_rate(self) -> float:
        return _SECTIONS[self.section][3] if self.section else 0.2

    @property
    def bought_for(self) -> int:
        """Purchase price with VAT, kopecks."""
        return round(self.kopecks * (_SECTIONS[self.section][2] if self.section else 0.6))


PRODUCTS = (
    Product(100, "Диван «Осло» угловой", 11, 4_599_000, 1),
    Product(101, "Кресло-мешок 🛋️", 11, 349_900, 14),
    Product(102, "Лампа настольная «Луч»", 21, 189_950, 16),
    Product(103, "Стул венский", 12, 279_000, 14),
    Product(104, "Полка навесная 60 см", 13, 99_990, 16),
    Product(105, "Плед шерстяной", 31, 214_537, 18),
    Product(106, "Ваза стеклянная", 4, 79_949, 14),
    Product(107, "Стол обеденный", 12, 1_289_000, 4),
    Product(108, 'Набор крючков "Дом & сад"', 4, 24_911, 4, "nobody"),
    Product(109, "Ковёр 2×3 м", 32, 899_999, 5, "contract"),
    Product(110, "Подушка 50×70", 31, 109_905, 16),
    Product(111, "Комод «Ёлка»", 13, 1_049_000, 4),
    Product(112, "Стеллаж «Верста»", 13, 459_000, 8, "contract"),
    Product(113, "Светильник подвесной «Диск»", 22, 329_000, 10, "dollars"),
    Product(114, "Торшер «Тренога»", 22, 549_000, 6, "dollars"),
    Product(115, "Зеркало круглое 70 см", 4, 289_000, 8),
    Product(116, "Бельё детское, 3 предмета", 51, 249_000, 10),
    Product(117, "Ночник «Сова»", 5, 119_000, 9),
    Product(118, "Плед вязаный, 130×170", None, 259_000, 7, offer_of=105),
    Product(119, "Плед вязаный, 200×220", None, 339_000, 5, offer_of=105),
    Product(120, "Образец ткани", None, 9_900, 2),
    Product(121, "Табурет «Пень» (снят с продажи)", 12, 149_000, 2, "nobody", listed=False),
)

# id: (parent, code, name, how many of 100 live there); regions stand between a country and a city
_PLACES: dict[int, tuple[int | None, str, str, int]] = {
    1: (None, "0000028023", "Россия", 0),
    2: (1, "0000028025", "Московская область", 0),
    3: (1, "0000028024", "Ленинградская область", 0),
    4: (1, "0000028030", "Свердловская область", 0),
    5: (1, "0000028031", "Республика Татарстан", 0),
    6: (1, "0000028032", "Новосибирская область", 0),
    7: (1, "0000028033", "Краснодарский край", 0),
    8: (1, "0000028034", "Тульская область", 0),
    11: (1, "0000073738", "Москва", 36),
    12: (1, "0000103664", "Санкт-Петербург", 16),
    21: (2, "0000050001", "Химки", 8),
    22: (2, "0000050002", "Подольск", 6),
    31: (3, "0000050003", "Гатчина", 3),
    41: (4, "0000812044", "Екатеринбург", 8),
    51: (5, "0000550426", "Казань", 8),
    61: (6, "0000949228", "Новосибирск", 6),
    71: (7, "0000386590", "Краснодар", 5),
    81: (8, "0000374450", "Тула", 4),
    9: (None, "0000000001", "Беларусь", 0),
    91: (9, "0000000002", "Минск", 0),
}
_CITIES = [place for place, (*_, weight) in _PLACES.items() if weight]
MINSK = 91


def open_catalogue(world: World) -> None:
    """Sections, products, what they cost, and the places of delivery."""
    opened = local(world.plan.started_at)
    for number, (parent, name, *_) in _SECTIONS.items():
        row = {
            "timestamp_x": opened,
            "id": number,
            "iblock_id": CATALOGUE,
            "iblock_section_id": parent,
            "name": name,
        }
        world.insert("b_iblock_section", row | {"code": f"section-{number}", "active": "Y"})
    for product in PRODUCTS:
        _list(world, product)
    for place, (parent, code, name, _) in _PLACES.items():
        world.insert("b_sale_location", {"id": place, "code": code, "parent_id": parent})
        for number, language, written in ((1, "ru", name), (2, "en", f"Place {place}")):
            row = {"id": 10 * place + number, "location_id": place, "language_id": language}
            world.insert("b_sale_location_name", row | {"name": written})


def _list(world: World, product: Product) -> None:
    if product.listed:
        of = product.offer_of
        world.insert(
            "b_iblock_element",
            {
                "id": product.id,
                "timestamp_x": local(world.plan.started_at),
                "iblock_id": OFFERS if of else CATALOGUE,
                "iblock_section_id": product.section,
                "name": product.name,
                "code": None,
                "xml_id": f"g-{of}#o-{product.id}" if of else f"g-{product.id}",
                "active": "Y",
            },
        )
        dollars = product.costs == "dollars"
        told = product.costs in ("catalogue", "dollars")
        world.insert(
            "b_catalog_product",
            {
                "id": product.id,
                "timestamp_x": local(world.plan.started_at),
                "purchasing_price": money(product.bought_for // (80 if dollars else 1))
                if told
                else None,
                "purchasing_currency": "USD" if dollars else "RUB",
            },
        )
    if product.costs == "contract":
        for number, (since, share) in enumerate(((date(2020, 1, 1), 95), (date(2026, 11, 1), 100))):
            cost = product.bought_for * 100 // 120 * share // 100  # without VAT
            row = {"id": 2 * product.id + number, "product_id": product.id, "valid_from": since}
            world.insert("bl_product_cost", row | {"cost": money(cost), "currency": "RUB"})


def pick(rng: Random, lines: int) -> list[Product]:
    """So many different products, popular ones more often."""
    picked: dict[int, Product] = {}
    while len(picked) < lines:
        product = rng.choices(PRODUCTS, [product.weight for product in PRODUCTS])[0]
        picked[product.id] = product
    return list(picked.values())


def place_of(world: World, person_id: int, phone: str) -> tuple[str, str]:
    """Code and name of the city a person lives in: a pure function of the plan and the person."""
    dice = Random(f"{world.plan.seed}:place:{person_id}")
    place = MINSK
    if phone.startswith("+7"):
        place = dice.choices(_CITIES, [_PLACES[city][3] for city in _CITIES])[0]
    return _PLACES[place][1], _PLACES[place][2]


def site_of(world: World, person: Person) -> str:
    """The site a person shops at: that of the main brand, or of the outlet."""
    return "ou" if Random(f"{world.plan.seed}:site:{person.id}").random() < 0.2 else "s1"


def currency_of(person: Person, user_id: int) -> tuple[str, float]:
    """What an order is paid in, and what a unit of it is worth in roubles."""
    draw = person.rng.random()
    if person.phones[0].startswith("+375"):
        return "BYN", 28
    if draw > 0.006 or user_id == person.user_id:
        return "RUB", 1
    return ("KZT", 0.18) if draw < 0.003 else ("RUR", 1)


def basket_row(world: World, line: int, fuser_id: int, site: str, product: Product,
               discount: int, quantity: int) -> dict[str, Any]:  # fmt: skip
    """A line of b_sale_basket in a cart."""
    return {
        "id": line,
        "fuser_id": fuser_id,
        "order_id": None,
        "product_id": product.id,
        "name": product.name,
        "price": money(product.kopecks - discount),
        "base_price": money(product.kopecks),
        "discount_price": money(discount),
        "quantity": quantity,
        "currency": "RUB",
        "date_insert": local(world.now),
        "date_update": local(world.now),
        "lid": site,
        "set_parent_id": None,
        "type": None,
        "vat_rate": product.vat_rate,
        "vat_included": "Y",
    }
