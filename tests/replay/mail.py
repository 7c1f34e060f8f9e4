"""Letters of a random shop: its own sender module, the events of providers, their last states."""

from tests.replay.identifiers import number
from tests.replay.sources import Row, Sources

SENDER = "raw_subscribe.b_sender_"
ROBOT = {"user_agent": "Barracuda Link Scanner"}
MARKED = {"event-data": {"client-info": {"bot": "apple"}, "id": "e1"}}
ABOUT = {"subject": "Заказ №17 принят", "category": ["orders"]}
EVENTS = ("open", "click", "delivered", "OPEN", "sent", "unsubscribed", "hard_bounce", "spam")
READER = {"user_agent": "Mozilla/5.0 (X11) Chrome/120.0", "sg_event_id": "e2"}


class Mail(Sources):
    """The part of a shop's random life that happens in mailboxes."""

    def _subscribe(self) -> None:
        user = self._id_of("raw_bitrix.b_user") if self.chance.random() < 0.5 else None
        self._put(
            f"{SENDER}contact",
            {"id": self._next("subscriber"), "type_id": self._chosen(1, 1, 1, None, 2),
             "code": self._email(), "user_id": user or 0, "date_insert": self._when(),
             "date_update": self._when()},
        )  # fmt: skip

    def _edit_subscriber(self) -> None:
        self._change(
            f"{SENDER}contact",
            **self._chosen(
                {"code": self._email()}, {"type_id": self._chosen(1, 2)},
                {"type_id": 2, "code": self._phone()},
                {"is_unsub": self._chosen("Y", "N"), "date_update": self._when()},
                {"blacklisted": "Y"},
            ),
        )  # fmt: skip

    def _newsletter(self) -> None:
        """The legacy module: an address that agreed, left or never answered, and what it got."""
        fields = {
            "active": self._chosen("Y", "Y", "N"), "confirmed": self._chosen("Y", "N"),
            "date_confirm": self._when(), "date_update": self._when(),
        }  # fmt: skip
        if self.chance.random() < 0.4 and self._change("raw_subscribe.b_subscription", **fields):
            return
        address = self._email()
        row = {"id": self._next("subscription"), "email": address, "date_insert": self._when()}
        self._put("raw_subscribe.b_subscription", row | fields)
        posting = self._id_of("raw_subscribe.b_posting") or self._next("issue")
        self._put(
            "raw_subscribe.b_posting",
            {"id": posting, "status": "S", "subject": self._subject(), "date_sent": self._when()},
        )
        self._put(
            "raw_subscribe.b_posting_email",
            {"id": self._next("copy"), "posting_id": posting, "email": address,
             "status": self._chosen("N", "N", "Y", "E")},
        )  # fmt: skip

    def _send(self) -> None:
        """A mailing to a few addresses, of which some may not have arrived yet."""
        posting = self._next("posting")
        sent = self._when()
        if self.chance.random() < 0.8:
            self._put(
                f"{SENDER}posting",
                {"id": posting, "mailing_id": self._next("mailing"), "status": "S",
                 "date_sent": sent},
            )  # fmt: skip
        for _ in range(self.chance.randint(1, 3)):
            recipient = self._next("recipient")
            self._put(
                f"{SENDER}posting_recipient",
                {"id": recipient, "posting_id": posting, "status": self._chosen("N", "Y"),
                 "contact_id": self._id_of(f"{SENDER}contact"), "date_sent": sent},
            )  # fmt: skip

    def _edit_mailing(self) -> None:
        if self.chance.random() < 0.4:
            self._change(f"{SENDER}posting", mailing_id=self._next("mailing"))
            return
        contact = self._id_of(f"{SENDER}contact")
        fields = self._chosen({"contact_id": contact}, {"is_read": "Y"}, {"status": "N"})
        self._change(f"{SENDER}posting_recipient", **fields)

    def _react(self) -> None:
        """A reader opens a letter or clicks in it."""
        recipient = self._some(f"{SENDER}posting_recipient")
        if recipient is None:
            return
        kind = self._chosen("read", "read", "click", "click", "unsub")
        row: Row = {
            "id": self._next(kind), "posting_id": recipient["posting_id"],
            "recipient_id": recipient["id"], "date_insert": self._when(),
        }  # fmt: skip
        if kind == "click":
            row["url"] = self._chosen(
                "https://shop.example/sale", "https://shop.example/?utm_campaign=autumn&yclid=7"
            )
        self._put(f"{SENDER}posting_{kind}", row)

    def _edit_reaction(self) -> None:
        self._change(
            f"{SENDER}posting_{self._chosen('read', 'click', 'unsub')}", date_insert=self._when()
        )

    def _subject(self) -> str | None:
        """What a letter says; at times it is about an order that is there."""
        about = f"Заказ №{self._id_of('raw_bitrix.b_sale_order') or 17} принят"
        return self._chosen(None, about, about, "Скидки недели", "Ваш кассовый чек")

    # Providers --------------------------------------------------------------------------------

    def _provider_event(self) -> None:
        """A hook of a provider; at times of a letter whose last state is known as well."""
        row: Row = {
            "id": self._next("event"), "provider": self._chosen("unisender", "sendpulse", "own"),
            "event": self._chosen(*EVENTS), "email": self._email(),
            "campaign_id": str(self._next("campaign")), "event_at": self._when(),
            "payload": self._chosen(None, ROBOT, READER, MARKED, ABOUT),
            "url": self._chosen(None, "https://shop.example/a", "https://shop.example/b"),
            "message_id": None, "received_at": self._when(),
        }  # fmt: skip
        other = self._some("raw_esp.bl_email_events")
        if other and self.chance.random() < 0.5:  # more of the same letter, or told once more
            same = ["provider", "email", "campaign_id", "message_id", "event_at"]
            if self.chance.random() < 0.4:
                same += ["event", "url", "payload"]
            self._put("raw_esp.bl_email_events", row | {name: other[name] for name in same})
            return
        if self.chance.random() < 0.4:
            row["message_id"] = f"m{number(self.seed, self._n('message'))}"
        delivery = self._some("raw_esp.unisender_delivery")
        letter = self._some("raw_esp.sendpulse_email")
        if row["provider"] == "unisender" and delivery and self.chance.random() < 0.7:
            row |= {"campaign_id": str(delivery["campaign_id"]), "email": delivery["email"]}
        if row["provider"] == "sendpulse" and letter and self.chance.random() < 0.7:
            row |= {"message_id": letter["id"], "email": letter["recipient"]}
        self._put("raw_esp.bl_email_events", row)

    def _edit_event(self) -> None:
        self._change(
            "raw_esp.bl_email_events",
            **self._chosen(
                {"event": "bounce"},
                {"event": "unsubscribe"},
                {"campaign_id": self._chosen(None, "", "autumn")},
                {"event": "click"},
                {"event_at": self._when()},
                {"message_id": f"m{number(self.seed, self._n('message'))}"},
                {"message_id": None},
            ),
        )

    def _delivery(self) -> None:
        """The last state of a letter of UniSender, new or changed."""
        result = self._chosen(
            "ok_sent", "ok_read", "ok_link_visited", "err_user_unknown", "ok_unsubscribed"
        )
        fields = {"send_result": result, "last_update": self._when()}
        if self.chance.random() < 0.4 and self._change("raw_esp.unisender_delivery", **fields):
            return
        campaign = self._id_of("raw_esp.unisender_campaign") or self._next("campaign")
        self._put(
            "raw_esp.unisender_campaign",
            {"id": campaign, "status": self._chosen("completed", "analysed"),
             "subject": self._subject(), "start_time": self._when()},
        )  # fmt: skip
        phone = self._phone() if self.chance.random() < 0.3 else None
        if phone and self.chance.random() < 0.7:
            fields["send_result"] = "ok_delivered"
        self._put(
            "raw_esp.unisender_delivery",
            {"campaign_id": campaign, "email": phone or self._email(), "phone": phone, **fields},
        )

    def _letter(self) -> None:
        """A letter of SendPulse, new or with more opens and clicks."""
        opens = [{"action_date": str(self._when())} for _ in range(self.chance.randint(0, 2))]
        told = {"client_info": opens, "link": self._chosen([], {}, [{"action_date": "soon"}])}
        fields = {
            "opened": self._chosen(0, 1, 2), "clicked": self._chosen(0, 0, 1, None),
            "subject": self._subject(), "smtp_answer_code": self._chosen(250, 250, 550, None),
            "payload": self._chosen({"tracking": told}, {"tracking": told}, {"tracking": []}, None),
        }  # fmt: skip
        if self.chance.random() < 0.4 and self._change("raw_esp.sendpulse_email", **fields):
            return
        self._put(
            "raw_esp.sendpulse_email",
            {"id": f"p{self._next('letter')}", "recipient": self._email(),
             "send_date": self._when(), **fields},
        )  # fmt: skip
