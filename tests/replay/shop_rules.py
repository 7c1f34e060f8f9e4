"""The rows a shop's systems write when two identifiers meet: one function per identity rule."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.replay.identifiers import number

if TYPE_CHECKING:
    from tests.replay.shop_rows import Shop

Row = dict[str, Any]
RECIPIENT_PROPERTY = 4
USERS, FUSERS = "raw_bitrix.b_user", "raw_bitrix.b_sale_fuser"
Values = dict[str, str]


def _crm(at: str) -> Row:
    return {"date_modify": f"{at.replace(' ', 'T')}:00+03:00"}


def _login(shop: "Shop", v: Values, at: str) -> None:
    fields = {"user_id": int(v["USER"]), "date_insert": at, "date_update": at}
    shop.record(FUSERS, int(v["FUSER"]), fields)


def _visit(shop: "Shop", v: Values, at: str) -> None:
    row = {"id": shop.running("session"), "fuser_id": int(v["FUSER"]), "started_at": at}
    shop.put("raw_bitrix.bl_web_session", row)


def _user_field(field: str, kind: str) -> "Rule":
    def write(shop: "Shop", v: Values, at: str) -> None:
        shop.field(USERS, v["USER"], field, v[kind], {"timestamp_x": at})

    return write


def _crm_field(table: str, owner: str, field: str, kind: str) -> "Rule":
    def write(shop: "Shop", v: Values, at: str) -> None:
        shop.items(f"raw_crm.{table}", v[owner], field, v[kind], _crm(at))

    return write


def _verified(shop: "Shop", v: Values, at: str) -> None:
    row = {"user_id": int(v["USER"]), "phone_number": v["PHONE"], "confirmed": "Y", "date_sent": at}
    shop.put("raw_bitrix.b_user_phone_auth", row, key="user_id")


def _order(shop: "Shop", v: Values, at: str) -> None:
    shop.order(v["USER"], at, v)


def _gift(shop: "Shop", v: Values, at: str) -> None:
    # One batch, as the order's rows arrive: the mark counts for the phone beside it.
    shop.order(v["USER"] if "USER" in v else shop.guests(at), at, {"gift": "Y"} | v)


def _recipient(shop: "Shop", v: Values, at: str) -> None:
    user = v["USER"] if "USER" in v else shop.guests(at)
    shop.order(user, at, v, phone=RECIPIENT_PROPERTY)


def _typed_order(shop: "Shop", v: Values, at: str) -> None:
    # A manager types it; nobody names her account.
    user, manager = v["USER"] if "USER" in v else shop.guests(at), number(shop.seed, 9_998)
    shop.order(user, at, v, created_by=manager)


def _managed_order(shop: "Shop", v: Values, at: str) -> None:
    """A stranger's order that an account answers for."""
    shop.order(shop.guests(at), at, {}, responsible_id=int(v["USER"]))


def _corrected_order(shop: "Shop", v: Values, at: str) -> None:
    """The last order gets another phone or e-mail; the line's first identifier is its buyer."""
    kind = "PHONE" if "PHONE" in v else "EMAIL"
    shop.correct(kind, v[kind], at)


def _guest_order(shop: "Shop", v: Values, at: str) -> None:
    shop.order(shop.guests(at), at, v)


def _lead_contact(shop: "Shop", v: Values, at: str) -> None:
    shop.record("raw_crm.lead", int(v["LEAD"]), {"contact_id": int(v["CONTACT"]), **_crm(at)})


def _contact_site_user(shop: "Shop", v: Values, at: str) -> None:
    uf = {"uf": {"UF_SITE_MEMBER_ID": v["USER"]}}
    shop.record("raw_crm.contact", int(v["CONTACT"]), {**uf, **_crm(at)})


def _activity(shop: "Shop", v: Values, at: str) -> None:
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


def _subscriber(shop: "Shop", v: Values, at: str) -> None:
    row = {"id": shop.running("subscriber"), "type_id": 1, "code": v["EMAIL"], "date_insert": at}
    shop.put("raw_subscribe.b_sender_contact", row | {"user_id": int(v.get("USER", 0))})


def _call(shop: "Shop", v: Values, at: str) -> None:
    call = shop.running("call")
    names = {"uniqueid": f"{call}.1", "linkedid": f"{call}.1", "channame": "PJSIP/line-1"}
    row = {"id": call, "eventtype": "CHAN_START", "eventtime": at, "cid_num": v["PHONE"]}
    shop.put("raw_cel.cel", row | names | {"context": "from-trunk", "exten": "s"})


def _card(shop: "Shop", v: Values, at: str) -> None:
    row = {"id": shop.running("loyalty"), "card_number": v["CARD"], "created_at": at}
    shop.put("raw_loyalty.bl_loyalty_account", row | {"user_id": int(v.get("USER", 0)) or None})


def _receipt(shop: "Shop", v: Values, at: str) -> None:
    row = {"id": shop.running("receipt"), "kind": "sale", "currency": "RUB", "closed_at": at}
    row |= {"card_number": v.get("CARD"), "phone": v.get("PHONE"), "receipt_uid": str(row["id"])}
    shop.put("raw_loyalty.bl_pos_receipt", row)


Rule = Callable[["Shop", Values, str], None]
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
    "corrected order": _corrected_order,
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
