"""What happens beside the site of a random shop: CRM, loyalty cards, calls, mailings, deletions."""

from tests.replay.identifiers import card
from tests.replay.sources import MOMENTS, Row, Sources


class Office(Sources):
    """The office's half of a shop's random life."""

    def _fields(self) -> Row:
        phones = [self._phone() for _ in range(self.chance.choice([0, 1, 1, 2]))]
        emails = [self._email() for _ in range(self.chance.choice([0, 0, 1]))]
        return {
            "phone": [{"VALUE": value, "VALUE_TYPE": "WORK"} for value in phones] or None,
            "email": [{"VALUE": value, "VALUE_TYPE": "HOME"} for value in emails] or None,
            "date_modify": self._crm_when(),
        }

    def _contact(self) -> None:
        user = self._id_of("raw_bitrix.b_user") if self.chance.random() < 0.2 else None
        row = {
            "id": self._next("contact"), "date_create": self._crm_when(), **self._fields(),
            "uf": {"UF_SITE_MEMBER_ID": str(user)} if user else {},
        }  # fmt: skip
        for item in row["email"] or []:
            self.pairs.append(("CONTACT", str(row["id"]), "EMAIL", item["VALUE"].lower()))
        self._put("raw_crm.contact", row)

    def _rebind_contact(self) -> None:
        row = self._some("raw_crm.contact")
        if row:
            self._put("raw_crm.contact", row | self._fields())

    def _lead(self) -> None:
        contact = self._id_of("raw_crm.contact") if self.chance.random() < 0.4 else None
        row = {
            "id": self._next("lead"), "date_create": self._crm_when(), **self._fields(),
            "contact_id": contact or 0, "uf": {},
        }  # fmt: skip
        if contact:
            self.pairs.append(("LEAD", str(row["id"]), "CONTACT", str(contact)))
        self._put("raw_crm.lead", row)

    def _edit_lead(self) -> None:
        row = self._some("raw_crm.lead")
        if row:
            contact = self._id_of("raw_crm.contact") or 0
            self._put("raw_crm.lead", row | self._fields() | {"contact_id": contact})

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

    def _receipt(self) -> None:
        number_of_card = card(self.seed, self._n("card")) if self.chance.random() < 0.8 else None
        receipt = self._next("receipt")
        self._put(
            "raw_loyalty.bl_pos_receipt",
            {"id": receipt, "receipt_uid": f"r{receipt}", "kind": "sale", "total": 100,
             "currency": "RUB", "card_number": number_of_card, "closed_at": self._when(),
             "phone": self._phone() if self.chance.random() < 0.6 else None},
        )  # fmt: skip

    def _call(self) -> None:
        call = self._next("call")
        self._put(
            "raw_cel.cel",
            {"id": call, "eventtype": "CHAN_START", "eventtime": self._when() or MOMENTS[1],
             "cid_num": self._phone(), "exten": "s", "context": "from-trunk",
             "channame": "PJSIP/line-1", "uniqueid": f"{call}.1", "linkedid": f"{call}.1"},
        )  # fmt: skip

    def _activity(self) -> None:
        owner = self._id_of("raw_crm.contact")
        if owner:
            kind, value = self.chance.choice([("PHONE", self._phone()), ("EMAIL", self._email())])
            self._put(
                "raw_crm.activity",
                {"id": self._next("activity"), "owner_id": owner, "owner_type_id": 3,
                 "provider_id": "IMOPENLINES_SESSION", "direction": 1,
                 "created": self._crm_when(), "start_time": self._crm_when(),
                 "communications": [{"TYPE": kind, "VALUE": value, "ENTITY_ID": str(owner),
                                     "ENTITY_TYPE_ID": "3"}]},
            )  # fmt: skip

    def _subscribe(self) -> None:
        user = self._id_of("raw_bitrix.b_user") if self.chance.random() < 0.5 else None
        self._put(
            "raw_subscribe.b_sender_contact",
            {"id": self._next("subscriber"), "type_id": 1, "code": self._email(),
             "user_id": user or 0, "date_insert": self._when(), "date_update": self._when()},
        )  # fmt: skip

    def _delete(self) -> None:
        table = self.chance.choice(
            ["raw_crm.contact", "raw_crm.lead", "raw_bitrix.b_user", "raw_bitrix.b_sale_order",
             "raw_bitrix.b_sale_order_props_value", "raw_loyalty.bl_loyalty_account"]
        )  # fmt: skip
        row = self._some(table)
        if row:
            del self.state[table][int(row["id"])]
