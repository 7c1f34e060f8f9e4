"""People and cards in the office of a random shop: contacts, leads, loyalty; and what gets lost."""

from tests.replay.identifiers import card, email, number
from tests.replay.people import born, called
from tests.replay.sources import Row, Sources, crm_time, later

# Tables that lose rows; those that only forget old ones never tell.
LOSING = (
    "raw_crm.contact", "raw_crm.lead", "raw_crm.deal", "raw_crm.activity",
    "raw_bitrix.b_user", "raw_bitrix.b_sale_order", "raw_bitrix.b_sale_order",
    "raw_bitrix.b_sale_order_props_value", "raw_bitrix.b_sale_order_payment",
    "raw_loyalty.bl_loyalty_account", "raw_loyalty.bl_pos_receipt",
    "raw_subscribe.b_sender_contact", "raw_bitrix.b_sale_order_archive",
    "raw_loyalty.bl_loyalty_transaction", "raw_ads.campaign_cost", "raw_ads.campaign_cost",
    "raw_subscribe.b_sender_posting_unsub", "raw_subscribe.b_subscription",
    "raw_bitrix.b_sale_basket", "raw_onec.customer_order", "raw_onec.customer_order_items",
    "raw_crm.company", "raw_crm.requisite",
)  # fmt: skip
TITLES = (
    "ООО «Ромашка»", "Ромашка, ООО", "РОМАШКА", "ИП Петров", "Петров", "ООО", None, "АО Заря-1",
)  # fmt: skip
SOURCE_IDS = ("CALL", "WEB", "STORE", "PARTNER", "OTHER", "1|TELEGRAM", "UC_1", "UC_2")
# Minutes between a contact and what the CRM makes of it: on both sides of half an hour.
NEAR = (0, 1, 29, 30, 31, 90, -1, -30, -31)


class Office(Sources):
    """The office's part of a shop's random life."""

    def _fields(self) -> Row:
        phones = [self._phone() for _ in range(self.chance.choice([0, 1, 1, 2]))]
        emails = [self._email() for _ in range(self.chance.choice([0, 0, 1]))]
        if self.chance.random() < 0.15:
            emails.append(self._mistyped())
        return {
            "phone": [{"VALUE": value, "VALUE_TYPE": "WORK"} for value in phones] or None,
            "email": [{"VALUE": value, "VALUE_TYPE": "HOME"} for value in emails] or None,
            "date_modify": self._crm_when(),
            **called(self.chance),
            "payload": {
                "BIRTHDATE": f"{day}T00:00:00+03:00" if (day := born(self.chance)) else "",
                "ADDRESS_CITY": self._chosen("", "г. Москва", "Тула", "нигде"),
                "ADDRESS_PROVINCE": self._chosen(None, "Московская обл."),
            },
        }

    def _mistyped(self) -> str:
        """An e-mail that is one letter from another, or in a domain of typing errors."""
        own = email(self.seed, 1).partition("@")[2]
        typed = self._chosen("petrova", "pertova", "petrovva", "petrov", "petrovu")
        meant = f"m{number(self.seed, 1)}"
        return str(self._chosen(f"{typed}@{own}", f"{meant}@gmail.com", f"{meant}@gmial.com"))

    def _contact(self) -> None:
        user = self._id_of("raw_bitrix.b_user") if self.chance.random() < 0.2 else None
        row = {
            "id": self._next("contact"), **self._fields(), **self._born(),
            "lead_id": self._chosen(None, self._id_of("raw_crm.lead")),
            "uf": {"UF_SITE_MEMBER_ID": str(user)} if user else {},
        }  # fmt: skip
        for item in row["email"] or []:
            self.pairs.append(("CONTACT", str(row["id"]), "EMAIL", item["VALUE"].lower()))
        self._put("raw_crm.contact", row)

    def _rebind_contact(self) -> None:
        how = self._chosen(self._fields(), self._fields(), self._born())
        self._change("raw_crm.contact", **how)

    def _marks(self) -> Row:
        """What brought a visitor, as the CRM keeps it on its objects."""
        if self.chance.random() < 0.4:
            marks: Row = dict.fromkeys(("utm_source", "utm_medium", "utm_campaign"))
        else:
            marks = {
                "utm_source": self._chosen(None, "", "yandex", "Yandex", "vk", "%2574elegram"),
                "utm_medium": self._chosen(None, "cpc", "social"),
                "utm_campaign": self._campaign(),
            }
        return {**marks, "source_id": self._chosen(None, "", *SOURCE_IDS)}

    def _born(self) -> Row:
        """When an object was made, at times near a visit or a call, and its source."""
        known = [*self._marks_in_time()]
        near = self.chance.choice(known) if known and self.chance.random() < 0.6 else None
        moved = near and later(near, 60 * self.chance.choice(NEAR))
        return {"date_create": crm_time(moved) or self._crm_when(), **self._marks()}

    def _marks_in_time(self) -> list[str]:
        """Moments of contacts that objects of the CRM may follow."""
        return []

    def _lead(self) -> None:
        contact = self._id_of("raw_crm.contact") if self.chance.random() < 0.4 else None
        row = {
            "id": self._next("lead"), **self._fields(), **self._born(),
            "contact_id": contact or 0, "uf": {}, "currency_id": "RUB",
            "status_id": "NEW", "status_semantic_id": "P", "assigned_by_id": self._chosen(1, 2, 3),
        }  # fmt: skip
        if contact:
            self.pairs.append(("LEAD", str(row["id"]), "CONTACT", str(contact)))
        self._put("raw_crm.lead", row)

    def _edit_lead(self) -> None:
        contact = self._id_of("raw_crm.contact") or 0
        how: tuple[Row, ...] = (
            {**self._fields(), "contact_id": contact},
            self._marks(),
            {"status_id": "JUNK", "status_semantic_id": "F"},
            {"status_id": "CONVERTED", "status_semantic_id": "S"},
            self._born(),
            {"assigned_by_id": self._chosen(None, 1, 2)},
        )
        self._change("raw_crm.lead", **self.chance.choice(how))

    def _company(self) -> None:
        fields = self._fields()
        row = {
            "id": self._next("company"), "title": self._chosen(*TITLES), "uf": {}, "payload": {},
            **{name: fields[name] for name in ("phone", "email", "date_modify")},
        }  # fmt: skip
        self._put("raw_crm.company", row)
        if self.chance.random() < 0.7:
            self._requisite(row["id"])

    def _edit_company(self) -> None:
        if self.chance.random() < 0.5:
            self._change("raw_crm.company", title=self._chosen(*TITLES), phone=[], email=None)
        else:
            self._requisite(self._id_of("raw_crm.company"))

    def _requisite(self, company: int | None) -> None:
        """A firm's INN or somebody else's; requisites may outlive what they are of."""
        inns = (None, "", "0000000000", *(f"77{number(self.seed, n):010d}" for n in (1, 2)))
        row = {
            "id": self._next("requisite"), "entity_type_id": self._chosen(3, 4, 4, 4),
            "entity_id": company, "rq_inn": self._chosen(*inns), "date_create": self._crm_when(),
        }  # fmt: skip
        self._put("raw_crm.requisite", row)

    def _product_rows(self) -> None:
        """What is sold in some deal: it need not fit the amount, and prices may be anything."""
        rows = [
            {"PRODUCT_ID": self._chosen("0", "5"), "PRODUCT_NAME": "Стол", "QUANTITY": 2,
             "PRICE": self._chosen(100.5, "7", "?", None), "DISCOUNT_SUM": self._chosen(0, 1)}
            for _ in range(self.chance.randint(0, 2))
        ]  # fmt: skip
        if deal := self._id_of("raw_crm.deal"):
            row = {"owner_id": deal, "date_modify": self._crm_when(), "rows": rows}
            self._put("raw_crm.product_rows", row)

    def _card(self) -> None:
        user = self._id_of("raw_bitrix.b_user") if self.chance.random() < 0.6 else None
        number_of_card = card(self.seed, self._n("card"))
        if user:
            self.pairs.append(("CARD", number_of_card, "USER", str(user)))
        self._put(
            "raw_loyalty.bl_loyalty_account",
            {"id": self._next("account"), "user_id": user, "card_number": number_of_card,
             "balance": 0, "created_at": self._when()},
        )  # fmt: skip

    def _delete(self) -> None:
        table = self.chance.choice(LOSING)
        row = self._some(table)
        if row:
            self._drop(table, row)
