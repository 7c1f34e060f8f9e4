"""Accounts and cookies on the site of a random shop."""

from tests.replay.identifiers import number, phone, written_phone
from tests.replay.people import born, called
from tests.replay.sources import HUB, SALEANONYMOUS, Row, Sources


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
        row |= {**called(self.chance), "personal_birthday": born(self.chance)}
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
        if self.chance.random() < 0.5:
            self._tell_source(row["id"])

    def _tell_source(self, user: int | None = None) -> None:
        """User fields of an account: some say where it came from."""
        user = user or self._id_of("raw_bitrix.b_user")
        if user:
            marks = {"uf_utm_source": self._chosen("yandex", "VK", ""), "uf_utm_medium": "cpc"}
            uf = self._chosen({"uf_club": "Y"}, marks, {**marks, "uf_utm_campaign": "Spring"})
            self._put("raw_bitrix.b_uts_user", {"value_id": user, "uf": uf})

    def _edit_cart(self) -> None:
        """A line of a cart changes, moves to another cookie or into an order."""
        order = self._id_of("raw_bitrix.b_sale_order")
        cookie = self._id_of("raw_bitrix.b_sale_fuser")
        fields: Row = self._chosen({"order_id": order}, {"order_id": None}, {"fuser_id": cookie})
        self._change("raw_bitrix.b_sale_basket", **fields, date_update=self._when())

    def _edit_user(self) -> None:
        row = self._some("raw_bitrix.b_user")
        if row is None:
            return
        field = self.chance.choice(["email", "personal_phone", "personal_mobile", "name", "kind"])
        if field == "kind":
            # An account may turn out to be the one for guests, and be called a person's again.
            row["external_auth_id"] = self.chance.choice([None, "partner", "saleanonymous"])
        elif field == "name":
            row |= {**called(self.chance), "personal_birthday": born(self.chance)}
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
                 "confirmed": self.chance.choice("YYN"),
                 # Some long after anybody used the number.
                 "date_sent": self._chosen(self._when(), "2029-05-06 10:00:00")},
            )  # fmt: skip

    def _login(self) -> None:
        row, user = self._some("raw_bitrix.b_sale_fuser"), self._id_of("raw_bitrix.b_user")
        if self.chance.random() < HUB and self.state["raw_bitrix.b_sale_fuser"]:
            row = dict(min(self.state["raw_bitrix.b_sale_fuser"].values(), key=lambda r: r["id"]))
        if row and user:
            if self.chance.random() < 0.2:
                user = number(self.seed, SALEANONYMOUS)
            self.pairs.append(("FUSER", str(row["id"]), "USER", str(user)))
            self._put(
                "raw_bitrix.b_sale_fuser", row | {"user_id": user, "date_update": self._when()}
            )

    def _forget_cookie(self) -> None:
        row = self._some("raw_bitrix.b_sale_fuser")
        if row:
            self._drop("raw_bitrix.b_sale_fuser", row)
