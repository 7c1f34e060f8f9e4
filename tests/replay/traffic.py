"""How customers of a random shop come by: visits of the site, calls, chats, forms and letters."""

from tests.replay.identifiers import number
from tests.replay.sources import MOMENTS, SALEANONYMOUS, Row, Sources, crm_time, later

LINES = ("74951110001", "+7 495 111-00-02", "84952220003", "74959990009", "s")
REFERRERS = (
    None, None, "https://yandex.ru/search", "https://www.vk.com/wall", "https://yookassa.ru/pay",
    "https://blog.example.org/post", "https://shop.example/cart", "https://e.mail.ru/inbox",
    "https://www.google.fr/", "https://support.google.com/", "https://metrika.yandex.ru/",
    "https://shop-example.cdn.ampproject.org/v/s/shop.example/p", "android-app://com.vk.im/",
    "https://nam10.safelinks.protection.outlook.com/", "android-app://com.android.chrome/",
)  # fmt: skip
# Seconds between a call and the CRM's note of it: on both sides of the two minutes that match.
APART = (0, 5, 60, 119, 120, 121, 180, -60, -120, -121)
# Minutes between two visits: on both sides of the half hour that parts sessions.
PAUSES = (0, 1, 20, 29, 30, 31, 45, -20, -31)
STATISTIC = "raw_bitrix.b_stat_session"


class Traffic(Sources):
    """The part of a shop's random life that the touches tell of."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.counts_visits = True  # bl_web_session is there; before it, the module statistic
        self.visits: list[str] = []  # local times at which visits began
        self.calls: list[tuple[str, str]] = []  # phone as written, local time
        self.ringing: list[Row] = []  # events the exchange has still to tell

    # The site ---------------------------------------------------------------------------------

    def _landing(self) -> str | None:
        campaign = self._campaign()
        page = "https://shop.example/?a=1"
        return self._chosen(
            None,
            page,
            f"{page}&utm_source=yandex&utm_medium=cpc&utm_campaign={campaign or ''}",
            f"{page}&yclid=1",
            f"{page}&gclid=2&utm_campaign=kms",
            f"{page}&utm_source=vk_ads&utm_medium=cpc",
            f"{page}&utm_source=newsletter&utm_medium=email&utm_term=%D0%B0",
            f"{page}?utm_source=YaDirect?utm_medium=cpc&utm_campaign=%25D0%25B0?yclid=1",
            f"{page}&ysclid=1",
            f"{page}&fbclid=1",
            f"{page}&srsltid=1&gad_source=1",
        )

    def _marked(self) -> Row:
        tagged = self.chance.random() < 0.4
        return {
            "landing_url": self._landing(),
            "referrer": self.chance.choice(REFERRERS),
            "utm_source": self._chosen("yandex", "vk", "YaDirect", "email", "(none)")
            if tagged
            else None,
            "utm_medium": self._chosen(None, "cpc", "email") if tagged else None,
            "utm_campaign": self._campaign() if tagged else None,
            "utm_content": self._chosen(None, "banner", "cid|7100001|gid|5") if tagged else None,
        }

    def _times(self) -> tuple[str | None, str | None]:
        """Start and last hit of a visit: at times close to another visit of the same hour."""
        start = self._when()
        if self.visits and self.chance.random() < 0.5:
            start = later(self.chance.choice(self.visits), 60 * self.chance.choice(PAUSES))
        if start is None:
            return None, None
        self.visits.append(start)
        return start, self._chosen(None, start, later(start, self.chance.randint(0, 2_400)))

    def _visit(self) -> None:
        fuser = self._next("fuser") if self.chance.random() < 0.4 else None
        if fuser:
            self._put(
                "raw_bitrix.b_sale_fuser",
                {"id": fuser, "user_id": 0, "date_insert": self._when(),
                 "date_update": self._when()},
            )  # fmt: skip
        fuser = fuser or self._id_of("raw_bitrix.b_sale_fuser")
        user = self._id_of("raw_bitrix.b_user") if self.chance.random() < 0.3 else None
        if self.chance.random() < 0.02:
            user = number(self.seed, SALEANONYMOUS)
        start, last = self._times()
        if not self.counts_visits:
            self._put(
                STATISTIC,
                {"id": self._next("stat"), "guest_id": number(self.seed, self._n("guest")),
                 "user_id": user, "date_first": start, "date_last": last, "hits": 1,
                 "url_to": self._landing(), "url_from": self.chance.choice(REFERRERS)},
            )  # fmt: skip
            return
        self._put(
            "raw_bitrix.bl_web_session",
            {"id": self._next("session"), "fuser_id": self._chosen(fuser, fuser, fuser, 0),
             "user_id": user or 0, "started_at": start, "last_hit_at": last, "hits": 1,
             **self._marked()},
        )  # fmt: skip

    def _edit_visit(self) -> None:
        start, last = self._times()
        if not self.counts_visits:
            self._change(STATISTIC, date_last=last)
            return
        user, fuser = self._id_of("raw_bitrix.b_user"), self._id_of("raw_bitrix.b_sale_fuser")
        how: tuple[Row, ...] = (
            {"last_hit_at": last, "hits": self.chance.randint(2, 9)},
            {"user_id": user or 0},
            {"started_at": start, "last_hit_at": last},
            {"fuser_id": fuser},
            self._marked(),
        )
        self._change("raw_bitrix.bl_web_session", **self.chance.choice(how))

    # The exchange -----------------------------------------------------------------------------

    def _call(self) -> None:
        """A call; the exchange tells of its events in this and in later batches."""
        call, start = self._next("call"), self._when() or MOMENTS[1]
        phone = self._phone() if self.chance.random() < 0.9 else "anonymous"
        self.calls.append((phone, start))
        root, other = f"{call}.1", f"{call}.2"
        outgoing = self.chance.random() < 0.25
        internal = not outgoing and self.chance.random() < 0.1
        line = {"channame": "PJSIP/line-1", "context": "from-trunk", "cid_num": phone,
                "exten": self.chance.choice(LINES)}  # fmt: skip
        desk = {"channame": "PJSIP/201-7", "context": "from-internal", "cid_num": "201",
                "exten": "202" if internal else phone}  # fmt: skip
        first, second = (desk, line) if outgoing or internal else (line, desk)
        if internal:
            second = {**desk, "channame": "PJSIP/202-8"}
        wait, talk = self.chance.randint(0, 50), self.chance.randint(0, 3_000)
        # A click in the CRM: the opening row dials nobody, the number comes up later or never.
        clicked = outgoing and self.chance.random() < 0.5
        opening = {**first, "exten": self.chance.choice(["", "s"])} if clicked else first
        if clicked and self.chance.random() < 0.3:
            first = opening
        told = [("CHAN_START", opening, root, 0)]
        if self.chance.random() < 0.7:
            told.append(("CHAN_START", second, other, self.chance.choice([0, 1, wait])))
            if self.chance.random() < 0.7:
                told += [("BRIDGE_ENTER", first, root, wait), ("BRIDGE_ENTER", second, other, wait),
                         ("BRIDGE_EXIT", second, other, wait + talk)]  # fmt: skip
        told += [("HANGUP", first, root, wait + talk), ("CHAN_END", first, root, wait + talk),
                 ("LINKEDID_END", first, root, wait + talk)]  # fmt: skip
        events = [
            {"id": self._next("cel"), "eventtype": kind, "eventtime": later(start, after),
             "uniqueid": channel, "linkedid": root, **party}
            for kind, party, channel, after in told
        ]  # fmt: skip
        if self.chance.random() < 0.3:
            self.chance.shuffle(events)  # the opening may come after the rest
        now = self.chance.randint(1, len(events))
        for event in events[:now]:
            self._put("raw_cel.cel", event)
        self.ringing += events[now:]

    def _call_goes_on(self) -> None:
        several = self.chance.randint(1, 6)
        for event in self.ringing[:several]:
            self._put("raw_cel.cel", event)
        del self.ringing[:several]

    def _correct_call(self) -> None:
        """An event of the exchange is told again, with another time or number."""
        row = self._some("raw_cel.cel")
        if row:
            moved = later(row["eventtime"], self.chance.choice(APART))
            self._put(
                "raw_cel.cel",
                row | self._chosen({"eventtime": moved}, {"cid_num": self._phone()}),
            )

    # The CRM ----------------------------------------------------------------------------------

    def _marks_in_time(self) -> list[str]:
        return self.visits + [start for _, start in self.calls]

    def _owner(self) -> Row:
        table, kind = self._chosen(
            ("raw_crm.contact", 3), ("raw_crm.lead", 1), ("raw_crm.deal", 2), ("raw_crm.lead", 1)
        )
        return {"owner_id": self._id_of(table) or number(self.seed, 1), "owner_type_id": kind}

    def _said(self, owner: Row, phone: str | None = None) -> list[Row] | None:
        kind, value = self._chosen(("PHONE", self._phone()), ("EMAIL", self._email()))
        if phone is None and self.chance.random() < 0.2:
            return None
        return [
            {"TYPE": "PHONE" if phone else kind, "VALUE": phone or value,
             "ENTITY_ID": str(owner["owner_id"]), "ENTITY_TYPE_ID": str(owner["owner_type_id"])}
        ]  # fmt: skip

    def _activity(self) -> None:
        owner, start = self._owner(), self._when()
        kind = self._chosen(
            {"provider_id": "IMOPENLINES_SESSION", "provider_type_id": "telegram"},
            {"provider_id": "IMOPENLINES_SESSION", "provider_type_id": ""},
            {"provider_id": "CRM_WEBFORM"},
            {"provider_id": "CRM_SMS"},
            {"provider_id": "CRM_EMAIL", "type_id": 4},
            {"provider_id": "CRM_TASKS_TASK", "type_id": 3},
        )
        self._put(
            "raw_crm.activity",
            {"id": self._next("activity"), **owner, "type_id": 6, **kind,
             "direction": self._chosen(1, 1, 2, None), "created": self._crm_when(),
             "start_time": crm_time(start), "communications": self._said(owner),
             "responsible_id": self._chosen(None, 1, 2, 3), "completed": self._chosen("Y", "N")},
        )  # fmt: skip

    def _crm_call(self) -> None:
        """The CRM's note of a call: of one the exchange knows, or of another."""
        phone, at = self.chance.choice(self.calls or [(self._phone(), MOMENTS[0])])
        if self.chance.random() < 0.2:
            phone = self._phone()
        owner = self._owner()
        start = crm_time(later(at, self.chance.choice(APART)))
        self._put(
            "raw_crm.activity",
            {"id": self._next("activity"), **owner, "type_id": 2,
             "provider_id": "VOXIMPLANT_CALL", "direction": self._chosen(1, 1, 2),
             "created": start, "start_time": start, "communications": self._said(owner, phone),
             "end_time": crm_time(later(at, self._chosen(0, 60, 3_000))),
             "responsible_id": self._chosen(None, 1, 2, 3), "completed": self._chosen("Y", "N")},
        )  # fmt: skip

    def _edit_activity(self) -> None:
        row = self._some("raw_crm.activity")
        if row is None:
            return
        known = self.chance.choice(self.calls)[1] if self.calls else MOMENTS[0]
        how = self._chosen("time", "time", "said", "owner", "kind", "work")
        if how == "time":
            row["start_time"] = self._chosen(
                crm_time(later(known, self.chance.choice(APART))), self._crm_when()
            )
        elif how == "said":
            phone = self.chance.choice(self.calls)[0] if self.calls else None
            row["communications"] = self._said(row, phone if row["type_id"] == 2 else None)
        elif how == "owner":
            row |= self._owner()
        elif how == "work":
            row |= {"responsible_id": self._chosen(1, 2, 3), "completed": self._chosen("Y", "N")}
        else:
            row["type_id"] = self._chosen(2, 3, 6)
        self._put("raw_crm.activity", row)
