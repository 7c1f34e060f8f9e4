"""What happens on the site of a random shop: accounts, cookies, visits and orders."""

from tests.replay.identifiers import number, phone, written_phone
from tests.replay.sources import HUB, MOMENTS, SALEANONYMOUS, Row, Sources

EMAIL_PROPERTY, PHONE_PROPERTY, LATER_PHONE_PROPERTY = 1, 2, 3


class Site(Sources):
    """The site's half of a shop's random life."""

    def _user(self, n: int, kind: str | None = None) -> Row:
        return {
            "id": number(self.seed, n), "external_auth_id": kind, "login": f"u{n}",
            "date_register": self._when(), "timestamp_x": self._when(),
        }  # fmt: skip

    def _register(self) -> None:
        self._counters["user"] += 1
        kind = self.chance.choices([None, "bot", "partner"], [12, 1, 2])[0]
        row = self._user(self._counters["user"], kind)
        if self.chance.random() < 0.7:
            row["email"] = self._email()
            self.pairs.append(("USER", str(row["id"]), "EMAIL", row["email"].lower()))
        if self.chance.random() < 0.6:
            n = self._n("phone")
            row["personal_phone"] = written_phone(self.seed, n)
            self.pairs.append(("USER", str(row["id"]), "PHONE", phone(self.seed, n)))
        if self.chance.random() < 0.2:
            row["personal_mobile"] = f"{self._phone()}, {self._phone()}"
        self._put("raw_bitrix.b_user", row)
        if self.chance.random() < 0.3:
            self._put("raw_bitrix.b_uts_user", {"value_id": row["id"], "uf": {"UF_CLUB": "Y"}})

    def _edit_user(self) -> None:
        row = self._some("raw_bitrix.b_user")
        if row is None:
            return
        field = self.chance.choice(["email", "personal_phone", "personal_mobile", "name", "kind"])
        if field == "kind":
            row["external_auth_id"] = self.chance.choice([None, "partner"])
        elif field == "name":
            row["name"] = f"Иван {self.chance.randint(1, 9)}"
        else:
            row[field] = self._email() if field == "email" else self._phone()
        row["timestamp_x"] = self._when()
        self._put("raw_bitrix.b_user", row)

    def _verify(self) -> None:
        user = self._id_of("raw_bitrix.b_user")
        if user:
            self._put(
                "raw_bitrix.b_user_phone_auth",
                {"user_id": user, "phone_number": self._phone(),
                 "confirmed": self.chance.choice("YYN"), "date_sent": self._when()},
            )  # fmt: skip

    def _visit(self) -> None:
        fuser = self._next("fuser") if self.chance.random() < 0.6 else None
        if fuser:
            self._put(
                "raw_bitrix.b_sale_fuser",
                {
                    "id": fuser,
                    "user_id": 0,
                    "date_insert": self._when(),
                    "date_update": self._when(),
                },
            )
        fuser = fuser or self._id_of("raw_bitrix.b_sale_fuser")
        if fuser and self.chance.random() < 0.7:
            user = self._id_of("raw_bitrix.b_user") if self.chance.random() < 0.3 else None
            self._put(
                "raw_bitrix.bl_web_session",
                {"id": self._next("session"), "fuser_id": fuser, "user_id": user or 0,
                 "started_at": self._when(), "last_hit_at": self._when(),
                 "utm_source": self.chance.choice([None, "yandex", "vk", "email"]),
                 "utm_medium": self.chance.choice([None, "cpc", "email"])},
            )  # fmt: skip

    def _login(self) -> None:
        row, user = self._some("raw_bitrix.b_sale_fuser"), self._id_of("raw_bitrix.b_user")
        if self.chance.random() < HUB and self.state["raw_bitrix.b_sale_fuser"]:
            row = dict(min(self.state["raw_bitrix.b_sale_fuser"].values(), key=lambda r: r["id"]))
        if row and user:
            if self.chance.random() < 0.1:
                user = number(self.seed, SALEANONYMOUS)
            self.pairs.append(("FUSER", str(row["id"]), "USER", str(user)))
            self._put(
                "raw_bitrix.b_sale_fuser", row | {"user_id": user, "date_update": self._when()}
            )

    def _forget_cookie(self) -> None:
        fuser = self._id_of("raw_bitrix.b_sale_fuser")
        if fuser:
            del self.state["raw_bitrix.b_sale_fuser"][fuser]

    def _order(self) -> None:
        guest = self.chance.random() < 0.4
        user = number(self.seed, SALEANONYMOUS) if guest else self._id_of("raw_bitrix.b_user")
        if user is None:
            return
        order = self._next("order")
        born = self._when() or MOMENTS[0]
        self._put(
            "raw_bitrix.b_sale_order",
            {"id": order, "user_id": user, "date_insert": born, "date_update": self._when(),
             "price": 100, "currency": "RUB", "status_id": "N"},
        )  # fmt: skip
        kinds = (EMAIL_PROPERTY, PHONE_PROPERTY, LATER_PHONE_PROPERTY)
        for kind in self.chance.sample(kinds, self.chance.randint(1, 3)):
            value = self._email() if kind == EMAIL_PROPERTY else self._phone()
            self._put(
                "raw_bitrix.b_sale_order_props_value",
                {"id": self._next("value"), "order_id": order, "order_props_id": kind,
                 "value": self.chance.choice([value, value, value, "нет"])},
            )  # fmt: skip
        fuser = self._id_of("raw_bitrix.b_sale_fuser")
        if fuser and self.chance.random() < 0.7:
            self._put(
                "raw_bitrix.b_sale_basket",
                {"id": self._next("basket"), "order_id": self.chance.choice([order, order, None]),
                 "fuser_id": fuser, "date_insert": self._when(), "date_update": self._when()},
            )  # fmt: skip

    def _edit_order(self) -> None:
        if self.chance.random() < 0.4:
            row, user = self._some("raw_bitrix.b_sale_order"), self._id_of("raw_bitrix.b_user")
            if row and user:
                row["user_id"] = self.chance.choice([user, row["user_id"]])
                row["status_id"] = self.chance.choice("NPF")
                self._put("raw_bitrix.b_sale_order", row | {"date_update": self._when()})
            return
        value = self._some("raw_bitrix.b_sale_order_props_value")
        if value:
            is_email = value["order_props_id"] == EMAIL_PROPERTY
            value["value"] = self._email() if is_email else self._phone()
            self._put("raw_bitrix.b_sale_order_props_value", value)
