"""What 1C says of a random shop's orders: before the site does, late, otherwise, twice, or not."""

from tests.replay.money import ORDERS
from tests.replay.sources import Row, Sources

ONEC, ITEMS = "raw_onec.customer_order", "raw_onec.customer_order_items"
STATES = ("Закрыт", "К отгрузке", "Отложен", None)


class BackOffice(Sources):
    """The part of a shop's random life that its accountants see."""

    def _export(self) -> None:
        """An order of 1C: of one of the site's, of one that it has not (yet), or its own."""
        order = self._some(ORDERS)
        n = self._next("onec")
        document = f"guid-{n}"
        names = [None, f"A{n}", f"ИМ00-0{n}"]
        if order is not None:
            names += [order["account_number"], f"ИМ00-{order['account_number']}"] * 3
            if self.chance.random() < 0.3:
                self._put(ORDERS, order | {"id_1c": document})
        self._put(
            ONEC,
            {"number": f"ИМ00-{n}", "year": 2026, "document_id": self._chosen(None, document),
             "site_number": self.chance.choice(names), "ordered_at": self._when(),
             "customer_code": None, "customer_name": None, "origin": None,
             **self._state_of(order), **self._counterparty()},
        )  # fmt: skip
        if self.chance.random() < 0.7:
            self._lines_of(n)

    def _state_of(self, order: Row | None) -> Row:
        """As the site has it, or otherwise."""
        own = order or {}
        return {
            "sum": self._chosen(own.get("price"), own.get("price"), 100, None),
            "currency": self._chosen(own.get("currency"), "RUB", None),
            "is_paid": self._chosen(own.get("payed") == "Y", True, None),
            "is_cancelled": self._chosen(own.get("canceled") == "Y", False, None),
            "is_posted": self._chosen(True, False, None),
            "is_deleted": self._chosen(False, False, True, None),
            "status": self._chosen(*STATES), "paid_at": None, "changed_at": self._when(),
        }  # fmt: skip

    def _counterparty(self) -> Row:
        return {
            "phone": self._chosen(None, self._phone()),
            "email": self._chosen(None, self._email()),
        }

    def _lines_of(self, n: int) -> None:
        """All lines of an order; a later export of it may have fewer."""
        known = list(self.state["raw_bitrix.b_iblock_element"].values())
        code = self.chance.choice(known)["xml_id"] if known else None
        lines = [
            {"product_code": self._chosen(code, "ORDER_DELIVERY", "x"), "product_name": "Диван",
             "quantity": self._chosen("1", "2", "0.5"), "price": None,
             "sum": self._chosen("100", None)}
            for _ in range(self.chance.randint(0, 3))
        ]  # fmt: skip
        self._put(ITEMS, {"number": f"ИМ00-{n}", "year": 2026, "items": lines, "origin": None})

    def _export_again(self) -> None:
        """1C changed an order, its customer or its lines."""
        row = self._change(ONEC, **self._chosen(self._state_of(None), self._counterparty()))
        if row and self.chance.random() < 0.5:
            self._lines_of(int(row["number"].removeprefix("ИМ00-")))
