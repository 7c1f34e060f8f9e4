"""What a random shop sells: orders and their payments, deals with stages, till receipts."""

from tests.replay.identifiers import card, number
from tests.replay.people import whole_name
from tests.replay.sources import MOMENTS, SALEANONYMOUS, Row, Sources

EMAIL_PROPERTY, PHONE_PROPERTY, LATER_PHONE_PROPERTY = 1, 2, 3
RECIPIENT_PROPERTY, GIFT_PROPERTY, LOCATION_PROPERTY, ADDRESS_PROPERTY = 4, 5, 6, 7
CODES = {RECIPIENT_PROPERTY: "RECIPIENT_PHONE", GIFT_PROPERTY: "IS_GIFT"}
NAME_PROPERTY = 9
ORDERS, VALUES = "raw_bitrix.b_sale_order", "raw_bitrix.b_sale_order_props_value"
PAYMENTS, BASKET = "raw_bitrix.b_sale_order_payment", "raw_bitrix.b_sale_basket"
DEALS, STAGES, RECEIPTS = "raw_crm.deal", "raw_crm.stage_history", "raw_loyalty.bl_pos_receipt"
ARCHIVE, POINTS = "raw_bitrix.b_sale_order_archive", "raw_loyalty.bl_loyalty_transaction"
# GBP has no rate until somebody adds one; a currency may be missing altogether.
CURRENCIES = ("RUB", "RUB", "RUB", "RUR", "usd", "EUR", "GBP", None)


class Money(Sources):
    """The part of a shop's random life that the conversions tell of."""

    def _sum(self) -> float | None:
        return self._chosen(0, 100, 1999.99, 12.345, 77.5, 77.5, None)

    # Orders -----------------------------------------------------------------------------------

    def _order(self) -> None:
        guest = self.chance.random() < 0.4
        user = number(self.seed, SALEANONYMOUS) if guest else self._id_of("raw_bitrix.b_user")
        if user is None:
            return
        order = self._next("order")
        born = self._when() or MOMENTS[0]
        self._put(
            ORDERS,
            {"id": order, "user_id": self._chosen(user, user, user, user, 0), "date_insert": born,
             "date_update": self._when(), "price": self._sum(), "price_delivery": self._sum(),
             "currency": self.chance.choice(CURRENCIES), "status_id": "N",
             "payed": self._chosen("Y", "N", None), "canceled": self._chosen("N", "N", "N", "Y"),
             "sum_paid": self._chosen(None, 0, 50, 100),
             "lid": self._chosen("s1", "s2", "s3", None), "account_number": self._name(order),
             **self._typist()},
        )  # fmt: skip
        kinds = (EMAIL_PROPERTY, PHONE_PROPERTY, LATER_PHONE_PROPERTY)
        chosen = self.chance.sample(kinds, self.chance.randint(1, 3))
        if self.chance.random() < 0.3:
            chosen += self._chosen([GIFT_PROPERTY], [RECIPIENT_PROPERTY, GIFT_PROPERTY])
        for kind in chosen:
            value = self._email() if kind == EMAIL_PROPERTY else self._phone()
            if kind == GIFT_PROPERTY:
                value = self._chosen("Y", "N")
            self._put(
                VALUES,
                {"id": self._next("value"), "order_id": order, "order_props_id": kind,
                 "code": CODES.get(kind), "value": self._chosen(value, value, value, "нет")},
            )  # fmt: skip
        if self.chance.random() < 0.6:
            typed = {"order_id": order, "order_props_id": NAME_PROPERTY}
            self._put(
                VALUES, {"id": self._next("value"), "value": whole_name(self.chance), **typed}
            )
        fuser = self._id_of("raw_bitrix.b_sale_fuser")
        if fuser and self.chance.random() < 0.7:
            self._put(
                BASKET,
                {"id": self._next("basket"), "order_id": self.chance.choice([order, order, None]),
                 "fuser_id": fuser, "date_insert": self._when(), "date_update": self._when()},
            )  # fmt: skip

    def _typist(self) -> Row:
        """Mostly the buyers type their orders themselves."""
        if self.chance.random() < 0.8:
            return {}
        manager = self._id_of("raw_bitrix.b_user")
        return self._chosen({"created_by": manager}, {"responsible_id": manager})

    def _name(self, order: int) -> str | None:
        """The number a customer sees: it may look like the id of another order."""
        return self._chosen(None, f"A{order}", str(order + 1), str(self._id_of(ORDERS) or order))

    def _edit_order(self) -> None:
        if self.chance.random() < 0.35:
            self._retype()
            return
        row = self._some(ORDERS)
        if row is None:
            return
        user = self._id_of("raw_bitrix.b_user") or row["user_id"]
        how: tuple[Row, ...] = (
            {"user_id": self._chosen(user, number(self.seed, SALEANONYMOUS))},
            {"status_id": self._chosen("P", "F")},
            {"payed": self._chosen("Y", "N"), "date_payed": self._when()},
            {"payed": "Y", "canceled": "N"},
            {"canceled": self._chosen("Y", "N")},
            {"price": self._sum()},
            {"sum_paid": self._sum(), "payed": self._chosen("Y", "N")},
            {"sum_paid": 0, "payed": "N", "canceled": "Y"},
            {"currency": self.chance.choice(CURRENCIES)},
            {"date_insert": self._when()},
            {"lid": self._chosen("s1", "s2", "s3")},
            {"account_number": self._name(row["id"])},
            self._typist(),
        )
        self._put(ORDERS, row | self.chance.choice(how) | {"date_update": self._when()})

    def _retype(self) -> None:
        value = self._some(VALUES)
        if value:
            is_email = value["order_props_id"] == EMAIL_PROPERTY
            is_mark = value["order_props_id"] == GIFT_PROPERTY
            value["value"] = self._email() if is_email else "Y" if is_mark else self._phone()
            if value["order_props_id"] == NAME_PROPERTY:
                value["value"] = whole_name(self.chance)
            self._put(VALUES, value)
            order = self.state[ORDERS].get((value["order_id"],))
            # Mostly within the hour, a typing error; or days later, or the shop does not say.
            if order and self.chance.random() < 0.5:
                late = {"date_update": self._chosen(self._when(), "2026-12-31 10:00:00")}
                self._put(ORDERS, order | late)

    def _pay(self) -> None:
        """A payment or money given back; of an order that may not have arrived, or is gone."""
        order = self._some(ORDERS)
        if order:
            self._put(
                PAYMENTS,
                {"id": self._next("payment"), "order_id": order["id"],
                 "paid": self._chosen("Y", "Y", "Y", "N"),
                 "sum": self._chosen(self._sum(), order["price"], 50, -30),
                 "date_paid": self._when(),
                 "is_return": self._chosen("N", "Y", "P"),
                 "currency": self._chosen(order["currency"], order["currency"], "RUB")},
            )  # fmt: skip

    def _edit_payment(self) -> None:
        order = self._id_of(ORDERS)
        self._change(
            PAYMENTS,
            **self._chosen(
                {"is_return": self._chosen("Y", "P"), "paid": self._chosen("N", "N", "Y")},
                {"is_return": "N", "paid": self._chosen("Y", "N")},
                {"sum": self._sum()},
                {"order_id": order},
            ),
        )

    def _archive(self) -> None:
        """The shop moves an order to its archive; at times a copy stays behind."""
        order = self._some(ORDERS)
        if order is None:
            return
        copied = ("lid", "account_number", "date_insert", "user_id", "status_id", "payed",
                  "canceled", "price", "sum_paid", "currency")  # fmt: skip
        self._put(
            ARCHIVE,
            {"id": self._next("archive"), "order_id": order["id"], "date_archived": self._when(),
             **{column: order[column] for column in copied}},
        )  # fmt: skip
        if self.chance.random() < 0.8:
            self._drop(ORDERS, order)

    def _points(self) -> None:
        """Points spent on an order or given for it, given back or taken back."""
        order = self._id_of(ORDERS) or number(self.seed, 1)
        account = self._id_of("raw_loyalty.bl_loyalty_account")
        self._put(
            POINTS,
            {"id": self._next("points"), "account_id": account,
             "amount": self._chosen(-10, -25.5, 5),
             "type": self._chosen("spend", "spend", "refund_spend", "reversal", "earn"),
             "order_id": order, "source": self._chosen("web", "web", "pos"),
             "created_at": self._when()},
        )  # fmt: skip

    def _edit_points(self) -> None:
        order = self._id_of(ORDERS)
        self._change(POINTS, **self._chosen({"amount": -7}, {"order_id": order}))

    # Deals ------------------------------------------------------------------------------------

    def _origin(self) -> Row:
        """The order a deal was made from, by id or by number, or none."""
        order = self._some(ORDERS)
        if order is None or self.chance.random() < 0.35:
            return {"originator_id": None, "origin_id": None}
        return {
            "originator_id": self._chosen("bitrix_site", "bitrix_site", "bitrix_site", "other"),
            "origin_id": self._chosen(str(order["id"]), order["account_number"]),
        }

    def _deal(self) -> None:
        deal = self._next("deal")
        self._put(
            DEALS,
            {"id": deal, **self._stage_of(), "assigned_by_id": self._chosen(None, 1, 2, 3),
             "closed": self._chosen("Y", "N"), "closedate": self._crm_when(),
             "contact_id": self._id_of("raw_crm.contact"), "lead_id": self._id_of("raw_crm.lead"),
             "opportunity": self._sum(), "currency_id": self.chance.choice(CURRENCIES),
             "date_modify": self._crm_when(), "uf": {}, "category_id": self._chosen(None, 0, 5),
             **self._born(), **self._origin()},
        )  # fmt: skip
        for _ in range(self.chance.randint(0, 2)):
            self._stage(deal)

    def _stage_of(self) -> Row:
        """A stage; what a portal says of its meaning need not fit its code."""
        return {
            "stage_id": self._chosen("WON", "NEW", "OFFER", "TERMS", "LOSE"),
            "stage_semantic_id": self._chosen("S", "S", "P", "P", "F"),
        }

    def _stage(self, deal: int | None = None) -> None:
        """A stage entry of a deal, or of a lead that has the same number."""
        deal = deal or self._id_of(DEALS)
        if deal:
            self._put(
                STAGES,
                {"entity_type_id": self._chosen(2, 2, 2, 1), "id": self._next("stage"),
                 "owner_id": deal, **self._stage_of(),
                 "category_id": self._chosen(None, 0, 5),
                 "created_time": self._crm_when()},
            )  # fmt: skip

    def _edit_deal(self) -> None:
        how: tuple[Row, ...] = (
            self._origin(),
            {"stage_semantic_id": self._chosen("S", "P", "F")},
            {"stage_semantic_id": "P", "category_id": self._chosen(0, 5)},
            self._born(),
            {"lead_id": self._id_of("raw_crm.lead")},
            {"opportunity": self._sum()},
            {"currency_id": self.chance.choice(CURRENCIES)},
            {"contact_id": self._id_of("raw_crm.contact")},
            {"closed": "Y", "closedate": self._crm_when()},
            {**self._stage_of(), "date_modify": self._crm_when()},
            {"assigned_by_id": self._chosen(None, 1, 2, 3)},
        )
        self._change(DEALS, **self.chance.choice(how))

    def _edit_stage(self) -> None:
        self._change(
            STAGES,
            **self._chosen(
                {"created_time": self._crm_when()},
                {"stage_semantic_id": self._chosen("S", "F")},
                {"category_id": self._chosen(0, 5)},
                self._stage_of(),
            ),
        )

    # The till ---------------------------------------------------------------------------------

    def _receipt(self) -> None:
        """A sale or a return; returns may come before their sale, numbers may come twice."""
        receipt, known = self._next("receipt"), self._some(RECEIPTS)
        row: Row = {
            "id": receipt, "receipt_uid": f"r{receipt}", "kind": "sale", "total": self._sum(),
            "currency": self._chosen("RUB", "RUB", "RUB", "EUR", "GBP"),
            "card_number": self._card_or_none(), "closed_at": self._when(),
            "bonus_spent": self._chosen(None, 0, 10), "store_id": self._chosen("5", "6"),
            "phone": self._phone() if self.chance.random() < 0.6 else None,
            "order_number": self._order_number(),
        }  # fmt: skip
        dice = self.chance.random()
        if dice < 0.25:
            coming = f"r{number(self.seed, self._counters['receipt'] + 1)}"
            of = known["receipt_uid"] if known else coming
            row |= {"kind": "return", "original_receipt_uid": self._chosen(of, of, coming, None)}
        elif dice < 0.35:
            twice = known["receipt_uid"] if known else None
            row |= {"receipt_uid": self._chosen(twice, twice, None), "kind": self._kind()}
        self._put(RECEIPTS, row)

    def _edit_receipt(self) -> None:
        known = self._some(RECEIPTS)
        self._change(
            RECEIPTS,
            **self._chosen(
                {"kind": self._kind()},
                {"total": self._sum()},
                {"closed_at": self._when()},
                {"card_number": self._card_or_none()},
                {"receipt_uid": known and known["receipt_uid"]},
                {"original_receipt_uid": known and known["receipt_uid"]},
                {"order_number": self._order_number()},
            ),
        )

    def _order_number(self) -> str | None:
        """What the till prints when goods of a site order are paid there: its number or id."""
        order = self._some(ORDERS)
        if order is None or self.chance.random() < 0.6:
            return self._chosen(None, "")
        return self._chosen(str(order["id"]), order["account_number"])

    def _card_or_none(self) -> str | None:
        return card(self.seed, self._n("card")) if self.chance.random() < 0.8 else None

    def _kind(self) -> str:
        return str(self._chosen("sale", "return", "SALE", "void"))
