"""The rows a shop's systems write when two identifiers meet: one function per identity rule.

Records remember what they hold, as in the real systems: an account has one e-mail, a contact has a
list; what a later hour writes into a field replaces what an earlier hour wrote.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tests.replay.identifiers import card, email, number, phone

Row = dict[str, Any]
Identifier = tuple[str, str]  # ('PHONE', '+79160000001')
KINDS = {
    "account": "USER",
    "cookie": "FUSER",
    "contact": "CONTACT",
    "lead": "LEAD",
    "card": "CARD",
    "phone": "PHONE",
    "e-mail": "EMAIL",
}
GUESTS = "(guests)"  # the account behind guest orders, when a scenario names none
EMAIL_PROPERTY, PHONE_PROPERTY, RECIPIENT_PROPERTY, GIFT_PROPERTY = 1, 2, 4, 5
NAME_PROPERTY = 9
USERS, FUSERS, ORDERS = "raw_bitrix.b_user", "raw_bitrix.b_sale_fuser", "raw_bitrix.b_sale_order"
VALUES, BASKET = "raw_bitrix.b_sale_order_props_value", "raw_bitrix.b_sale_basket"
CONTACTS, LEADS = "raw_crm.contact", "raw_crm.lead"


class Shop:
    """The systems of one scenario. `write` and the other verbs fill `rows`, in order of arrival."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rows: list[tuple[str, Row]] = []
        self.state: dict[str, dict[int, Row]] = defaultdict(dict)
        self.names: dict[str, Identifier] = {}
        self.technical: dict[str, str] = {}
        self._counters: dict[str, int] = defaultdict(int)
        self._hour = 0
        self._written: dict[tuple[str, int, str], int] = {}
        self._typed_name = ""

    def next_hour(self) -> None:
        """What is written from now on replaces the values of earlier hours."""
        self._hour += 1

    def identifier(self, name: str) -> Identifier:
        """The identifier behind a nickname such as 'phone mobile'."""
        if name not in self.names:
            kind, nickname = name.split(" ", 1)
            assert nickname.strip(), f"{name!r} needs a nickname"
            line, mark, extension = name.partition("#")
            if mark:
                self.names[name] = ("PHONE", f"{self.identifier(line)[1]}#{extension}")
                return self.names[name]
            self._counters[kind] += 1
            n = self._counters[kind]
            makers: dict[str, Callable[[int, int], str]] = {
                "PHONE": phone,
                "EMAIL": email,
                "CARD": card,
            }
            make = makers.get(KINDS[kind])
            value = make(self.seed, n) if make else str(number(self.seed, n))
            self.names[name] = (KINDS[kind], value)
        return self.names[name]

    def write(self, who: str, rule: str, at: str, name: str = "") -> None:
        """Two identifiers ('account anna — phone mobile'), or one, meet by a rule.

        `name`, such as 'Анна Петрова 1980-05-06', is that of the account, contact or lead; in an
        order it is what the buyer typed.
        """
        ends = [self.identifier(part.strip()) for part in who.split("—")]
        values: dict[str, str] = dict(ends)
        assert len(values) == len(ends) <= 2, f"{who!r}: one or two identifiers of different kinds"
        assert rule in RULES, f"{who!r}: no rule {rule!r}; there are {', '.join(sorted(RULES))}"
        if "USER" in values:
            self._account(values["USER"], at)
        self._typed_name = name
        RULES[rule](self, values, at)
        if name and "order" not in rule:
            self._name_record(values, name)

    def make_technical(self, name: str, kind: str) -> None:
        """An account that is not a person; guest orders are made under it."""
        user = self.identifier(name)[1]
        self.technical[GUESTS] = user
        self.record(USERS, int(user), {"external_auth_id": kind, "login": name})

    def delete(self, name: str) -> tuple[str, int]:
        """The source loses the record of an identifier: its table and key."""
        kind, value = self.identifier(name)
        table = {
            "FUSER": FUSERS,
            "USER": USERS,
            "CONTACT": "raw_crm.contact",
            "LEAD": "raw_crm.lead",
        }[kind]
        del self.state[table][int(value)]
        return table, int(value)

    # Records --------------------------------------------------------------------------------

    def put(self, table: str, row: Row, key: str = "id") -> None:
        """A record of a table that needs no memory."""
        self.record(table, row[key], row, key)

    def record(self, table: str, record: int, fields: Row, key: str = "id") -> None:
        """A new version of a record: what it held, and these fields."""
        row = {key: record, **self.state[table].get(record, {}), **fields}
        self.state[table][record] = row
        self.rows.append((table, dict(row)))

    def _name_record(self, values: dict[str, str], name: str) -> None:
        """Name and birthday of the record that an account, a contact or a lead is."""
        words = name.split()
        birthday = words.pop() if words[-1][0].isdigit() else None
        fields: Row = {"name": words[0], "last_name": " ".join(words[1:])} if words else {}
        for kind, table in (("USER", USERS), ("CONTACT", CONTACTS), ("LEAD", LEADS)):
            if kind in values:
                own = {"personal_birthday": birthday} if table == USERS else {}
                crm = {"payload": {"BIRTHDATE": f"{birthday}T00:00:00+03:00"}}
                more = own or (crm if birthday else {})
                self.record(table, int(values[kind]), fields | more)
                return

    def _account(self, user: str, at: str) -> None:
        if int(user) not in self.state[USERS]:
            self.record(USERS, int(user), {"date_register": at, "timestamp_x": at})

    def field(self, table: str, record: str, field: str, value: str, at: Row) -> None:
        """A field with one value; a second one in the same hour would be lost."""
        mark = (table, int(record), field)
        assert self._written.get(mark) != self._hour, f"{mark} is written twice in one hour"
        self._written[mark] = self._hour
        self.record(table, int(record), {field: value, **at})

    def items(self, table: str, record: str, field: str, value: str, at: Row) -> None:
        """A field with a list of values, as CRM records keep their phones and e-mails."""
        mark = (table, int(record), field)
        old = self.state[table].get(int(record), {}).get(field) or []
        kept = old if self._written.get(mark) == self._hour else []
        self._written[mark] = self._hour
        birth = {} if int(record) in self.state[table] else {"date_create": at["date_modify"]}
        self.record(table, int(record), {field: [*kept, {"VALUE": value}], **at, **birth})

    def order(
        self, user: str, at: str, values: dict[str, str], phone: int = PHONE_PROPERTY, **more: Any
    ) -> None:
        """An order with what the buyer typed and, if there is one, the cookie of the basket."""
        order = self.running("order")
        dates = {"date_insert": at, "date_update": at}
        self.record(ORDERS, order, {"user_id": int(user), **dates, **more})
        for kind, prop in (("EMAIL", EMAIL_PROPERTY), ("PHONE", phone), ("gift", GIFT_PROPERTY)):
            if kind in values:
                code = {RECIPIENT_PROPERTY: "RECIPIENT_PHONE", GIFT_PROPERTY: "IS_GIFT"}.get(prop)
                typed = {"order_id": order, "order_props_id": prop, "value": values[kind]}
                self.record(VALUES, self.running("value"), typed | {"code": code})
        if self._typed_name:
            typed = {"order_id": order, "order_props_id": NAME_PROPERTY}
            self.record(VALUES, self.running("value"), {**typed, "value": self._typed_name})
        if "FUSER" in values:
            line = {"order_id": order, "fuser_id": int(values["FUSER"]), "date_insert": at}
            self.record(BASKET, self.running("basket"), line)

    def guests(self, at: str) -> str:
        """The account behind guest orders."""
        if GUESTS not in self.technical:
            self.technical[GUESTS] = str(number(self.seed, 9_999))
            fields = {"external_auth_id": "saleanonymous", "date_register": at}
            self.record(USERS, int(self.technical[GUESTS]), fields)
        return self.technical[GUESTS]

    def running(self, kind: str) -> int:
        """The next number of a record that has no nickname."""
        self._counters[kind] += 1
        return number(self.seed, self._counters[kind])


Values = dict[str, str]


def _crm(at: str) -> Row:
    return {"date_modify": f"{at.replace(' ', 'T')}:00+03:00"}


def _login(shop: Shop, v: Values, at: str) -> None:
    fields = {"user_id": int(v["USER"]), "date_insert": at, "date_update": at}
    shop.record(FUSERS, int(v["FUSER"]), fields)


def _visit(shop: Shop, v: Values, at: str) -> None:
    row = {"id": shop.running("session"), "fuser_id": int(v["FUSER"]), "started_at": at}
    shop.put("raw_bitrix.bl_web_session", row)


def _user_field(field: str, kind: str) -> "Rule":
    def write(shop: Shop, v: Values, at: str) -> None:
        shop.field(USERS, v["USER"], field, v[kind], {"timestamp_x": at})

    return write


def _crm_field(table: str, owner: str, field: str, kind: str) -> "Rule":
    def write(shop: Shop, v: Values, at: str) -> None:
        shop.items(f"raw_crm.{table}", v[owner], field, v[kind], _crm(at))

    return write


def _verified(shop: Shop, v: Values, at: str) -> None:
    row = {"user_id": int(v["USER"]), "phone_number": v["PHONE"], "confirmed": "Y", "date_sent": at}
    shop.put("raw_bitrix.b_user_phone_auth", row, key="user_id")


def _order(shop: Shop, v: Values, at: str) -> None:
    shop.order(v["USER"], at, v)


def _gift(shop: Shop, v: Values, at: str) -> None:
    # One batch, as the order's rows arrive: the mark counts for the phone beside it.
    shop.order(v["USER"] if "USER" in v else shop.guests(at), at, {"gift": "Y"} | v)


def _recipient(shop: Shop, v: Values, at: str) -> None:
    user = v["USER"] if "USER" in v else shop.guests(at)
    shop.order(user, at, v, phone=RECIPIENT_PROPERTY)


def _typed_order(shop: Shop, v: Values, at: str) -> None:
    # A manager types it; nobody names her account.
    user, manager = v["USER"] if "USER" in v else shop.guests(at), number(shop.seed, 9_998)
    shop.order(user, at, v, created_by=manager)


def _managed_order(shop: Shop, v: Values, at: str) -> None:
    """A stranger's order that an account answers for."""
    shop.order(shop.guests(at), at, {}, responsible_id=int(v["USER"]))


def _guest_order(shop: Shop, v: Values, at: str) -> None:
    shop.order(shop.guests(at), at, v)


def _lead_contact(shop: Shop, v: Values, at: str) -> None:
    shop.record("raw_crm.lead", int(v["LEAD"]), {"contact_id": int(v["CONTACT"]), **_crm(at)})


def _contact_site_user(shop: Shop, v: Values, at: str) -> None:
    uf = {"uf": {"UF_SITE_MEMBER_ID": v["USER"]}}
    shop.record("raw_crm.contact", int(v["CONTACT"]), {**uf, **_crm(at)})


def _activity(shop: Shop, v: Values, at: str) -> None:
    owner, owner_type = (v["LEAD"], 1) if "LEAD" in v else (v["CONTACT"], 3)
    kind = "PHONE" if "PHONE" in v else "EMAIL"
    said = {"TYPE": kind, "VALUE": v[kind], "ENTITY_ID": owner, "ENTITY_TYPE_ID": str(owner_type)}
    shop.put(
        "raw_crm.activity",
        {
            "id": shop.running("activity"),
            "owner_id": int(owner),
            "owner_type_id": owner_type,
            "start_time": _crm(at)["date_modify"],
            "communications": [said],
        },
    )


def _subscriber(shop: Shop, v: Values, at: str) -> None:
    row = {"id": shop.running("subscriber"), "type_id": 1, "code": v["EMAIL"], "date_insert": at}
    shop.put("raw_subscribe.b_sender_contact", row | {"user_id": int(v.get("USER", 0))})


def _call(shop: Shop, v: Values, at: str) -> None:
    call = shop.running("call")
    names = {"uniqueid": f"{call}.1", "linkedid": f"{call}.1", "channame": "PJSIP/line-1"}
    row = {"id": call, "eventtype": "CHAN_START", "eventtime": at, "cid_num": v["PHONE"]}
    shop.put("raw_cel.cel", row | names | {"context": "from-trunk", "exten": "s"})


def _card(shop: Shop, v: Values, at: str) -> None:
    row = {"id": shop.running("loyalty"), "card_number": v["CARD"], "created_at": at}
    shop.put("raw_loyalty.bl_loyalty_account", row | {"user_id": int(v.get("USER", 0)) or None})


def _receipt(shop: Shop, v: Values, at: str) -> None:
    row = {"id": shop.running("receipt"), "kind": "sale", "currency": "RUB", "closed_at": at}
    row |= {"card_number": v.get("CARD"), "phone": v.get("PHONE"), "receipt_uid": str(row["id"])}
    shop.put("raw_loyalty.bl_pos_receipt", row)


Rule = Callable[[Shop, Values, str], None]
RULES: dict[str, Rule] = {
    "login": _login,
    "web_session": _visit,
    "site_user_email": _user_field("email", "EMAIL"),
    "site_user_phone": _user_field("personal_phone", "PHONE"),
    "site_user_verified_phone": _verified,
    "order_email": _order,
    "order_phone": _order,
    "order_basket": _order,
    "guest_order": _guest_order,
    "order of a gift": _gift,
    "order for a recipient": _recipient,
    "order typed by a manager": _typed_order,
    "manager of an order": _managed_order,
    "contact_phone": _crm_field("contact", "CONTACT", "phone", "PHONE"),
    "contact_email": _crm_field("contact", "CONTACT", "email", "EMAIL"),
    "contact_site_user": _contact_site_user,
    "lead_phone": _crm_field("lead", "LEAD", "phone", "PHONE"),
    "lead_email": _crm_field("lead", "LEAD", "email", "EMAIL"),
    "lead_contact": _lead_contact,
    "activity_phone": _activity,
    "activity_email": _activity,
    "subscriber_user": _subscriber,
    "subscriber_email": _subscriber,
    "call_number": _call,
    "card_user": _card,
    "card": _card,
    "receipt_card_phone": _receipt,
}
