"""A random shop's catalogue: sections, products and offers, what they cost, lines of orders."""

from tests.replay.identifiers import number
from tests.replay.money import (
    ADDRESS_PROPERTY,
    BASKET,
    LOCATION_PROPERTY,
    ORDERS,
    VALUES,
    Money,
)

SECTIONS, ELEMENTS = "raw_bitrix.b_iblock_section", "raw_bitrix.b_iblock_element"
PRICES, COSTS = "raw_bitrix.b_catalog_product", "raw_bitrix.bl_product_cost"
PLACES, NAMES = "raw_bitrix.b_sale_location", "raw_bitrix.b_sale_location_name"
PRODUCTS = 6  # a few that many orders share


class Wares(Money):
    """The part of a shop's random life that the items of orders tell of."""

    def _product(self) -> int:
        """A product that the catalogue may know, or not any more."""
        return number(self.seed, 100 + self.chance.randint(1, PRODUCTS))

    def _section(self) -> None:
        """A new section, or one that is renamed or moved, at times below itself."""
        known = self._some(SECTIONS)
        if known and self.chance.random() < 0.5:
            known |= self._chosen(
                {"name": self._chosen("Мебель", "Свет", " ", None)},
                {"iblock_section_id": self._chosen(None, 0, self._id_of(SECTIONS), known["id"])},
                {"iblock_id": number(self.seed, self.chance.randint(1, 2))},
            )
            self._put(SECTIONS, known)
            return
        self._put(
            SECTIONS,
            {"id": self._next("section"), "iblock_id": number(self.seed, 1), "active": "Y",
             "iblock_section_id": self._id_of(SECTIONS), "name": self._chosen("Диваны", "Лампы")},
        )  # fmt: skip

    def _element(self) -> None:
        """A product or an offer of one comes, is renamed, or stands elsewhere."""
        product = self._product()
        parent = f"p{self._product()}"
        self._put(
            ELEMENTS,
            {"id": product, "iblock_id": number(self.seed, 1), "timestamp_x": self._when(),
             "iblock_section_id": self._chosen(None, self._id_of(SECTIONS), number(self.seed, 9)),
             "name": self._chosen("Диван", "Лампа", None), "active": "Y",
             "xml_id": self._chosen(f"p{product}", f"p{product}", f"{parent}#o{product}", None)},
        )  # fmt: skip

    def _purchase_price(self) -> None:
        self._put(
            PRICES,
            {"id": self._product(), "purchasing_price": self._chosen(0, None, 10, 33.333, 700),
             "purchasing_currency": self._chosen("RUB", "RUB", "usd", "GBP", None)},
        )  # fmt: skip

    def _product_cost(self) -> None:
        known = self._some(COSTS) if self.chance.random() < 0.4 else None
        self._put(
            COSTS,
            {"id": known["id"] if known else self._next("product_cost"),
             "product_id": self._product(),
             "valid_from": self._chosen("2026-01-01", "2026-03-01", "2026-03-15", None),
             "cost": self._chosen(5, 12.5, 99, None), "currency": self._chosen("RUB", "EUR")},
        )  # fmt: skip

    def _line(self) -> None:
        """A line of an order: of a product, of a set, or of nothing that anybody knows."""
        order = self._some(ORDERS)
        if order is None:
            return
        line = self._next("basket")
        self._put(
            BASKET,
            {"id": line, "order_id": order["id"],
             "fuser_id": self._id_of("raw_bitrix.b_sale_fuser"),
             "product_id": self._chosen(self._product(), self._product(), None),
             "name": self._chosen("Диван", None), "price": self._sum(), "base_price": self._sum(),
             "discount_price": self._chosen(None, 0, 10), "quantity": self._chosen(1, 2, 0.5, None),
             "currency": self._chosen(order["currency"], order["currency"], "RUB"),
             "vat_rate": self._chosen(None, 0, 0.2, 0.1, 20),
             "vat_included": self._chosen("Y", "Y", "N", None),
             "set_parent_id": self._chosen(None, None, line, self._id_of(BASKET)),
             "date_insert": self._when(), "date_update": self._when()},
        )  # fmt: skip

    def _edit_line(self) -> None:
        self._change(
            BASKET,
            **self._chosen(
                {"price": self._sum()},
                {"quantity": self._chosen(1, 3)},
                {"product_id": self._product()},
                {"order_id": self._chosen(None, self._id_of(ORDERS))},
                {"vat_rate": self._chosen(0.2, None)},
                {"set_parent_id": self._chosen(None, self._id_of(BASKET))},
            ),
        )

    def _place(self) -> None:
        """A place of delivery, or one that moves, or another name of one."""
        known = self._id_of(PLACES)
        place = known if known and self.chance.random() < 0.4 else self._next("place")
        code = f"{place % 1000:06d}-{self.seed}"
        self._put(
            PLACES,
            {"id": place, "code": self._chosen(code, code, None),
             "parent_id": self._chosen(None, 0, known)},
        )  # fmt: skip
        name = self._id_of(NAMES) if self.chance.random() < 0.3 else self._next("place name")
        self._put(
            NAMES,
            {"id": name or self._next("place name"), "location_id": place,
             "language_id": self._chosen("ru", "ru", "en"),
             "name": self._chosen("Тула", "г. Казань", "Нигде", "Московская обл.", None)},
        )  # fmt: skip

    def _destination(self) -> None:
        """Where an order goes: a place by code or id, or an address."""
        order, place = self._id_of(ORDERS), self._some(PLACES)
        if order is None:
            return
        kind = self._chosen(LOCATION_PROPERTY, ADDRESS_PROPERTY)
        value = self._chosen("г. Тула, ул. Мира, 5", "Химки ул. Садовая 3", "Садовая 3", "")
        if kind == LOCATION_PROPERTY:
            value = self._chosen(place["code"], str(place["id"])) if place else "0000073738"
        self._put(
            VALUES,
            {"id": self._next("value"), "order_id": order, "order_props_id": kind, "value": value},
        )
