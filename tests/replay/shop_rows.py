"""The records of a shop's systems, as the rules of tests/replay/shop_rules.py write them.

Records remember what they hold, as in the real systems: an account has one e-mail, a contact has a
list; what a later hour writes into a field replaces what an earlier hour wrote.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tests.replay.identifiers import card, email, number, phone
from tests.replay.shop_rules import FUSERS, RECIPIENT_PROPERTY, RULES, USERS, Row

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
EMAIL_PROPERTY, PHONE_PROPERTY, GIFT_PROPERTY, NAME_PROPERTY = 1, 2, 5, 9
ORDERS = "raw_bitrix.b_sale_order"
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
        self._typed: dict[str, tuple[int, int]] = {}

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
                self._typed[kind] = order, self.running("value")
                self.record(VALUES, self._typed[kind][1], typed | {"code": code})
        if self._typed_name:
            typed = {"order_id": order, "order_props_id": NAME_PROPERTY}
            self.record(VALUES, self.running("value"), {**typed, "value": self._typed_name})
        if "FUSER" in values:
            line = {"order_id": order, "fuser_id": int(values["FUSER"]), "date_insert": at}
            self.record(BASKET, self.running("basket"), line)

    def correct(self, kind: str, value: str, at: str) -> None:
        """Another phone or e-mail in the order that was the last to get one."""
        order, record = self._typed[kind]
        self.record(ORDERS, order, {"date_update": at})
        self.record(VALUES, record, {"value": value})

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
