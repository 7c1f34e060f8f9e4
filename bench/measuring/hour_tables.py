"""Rows of the raw tables of an invented shop, as expressions over their numbers.

Used for the base (`hour_base.py`) and for the hours after it (`hour_rows.py`); what a number means
(`bench.u`, `bench.account`, …) is said in the base.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PRODUCTS = 1000
MANAGERS = 30
ANONYMOUS = 1  # the technical account behind orders without an account; people have even numbers
CALLER = "bench.phone(bench.person(i, 40))"  # of a call, and of the activity about it
CALL_EVENTS = """(
    values
    (0, 'CHAN_START', 0, true, 0), (1, 'ANSWER', 2, true, 0), (2, 'CHAN_START', 3, false, 0),
    (3, 'BRIDGE_ENTER', 9, true, 1), (4, 'BRIDGE_ENTER', 9, false, 1),
    (5, 'BRIDGE_EXIT', 150, true, 1), (6, 'BRIDGE_EXIT', 150, false, 1),
    (7, 'HANGUP', 151, true, 0), (8, 'CHAN_END', 151, true, 0), (9, 'LINKEDID_END', 152, true, 0)
) as event (k, kind, seconds, is_root, talks)"""

STAGES = """(
    values (0, 'C1:NEW', 'P'), (1, 'C1:PREPARATION', 'P'), (2, 'C1:EXECUTING', 'P'),
    (3, 'C1:WON', 'S')
) as stage (k, name, semantic)"""


@dataclass(frozen=True)
class Rows:
    """Rows of one raw table: a FROM item that numbers them as `i`, and an expression per column."""

    table: str
    source: str
    columns: Mapping[str, str]
    where: str = "true"


def series(first: int | str, last: int | str) -> str:
    return f"generate_series({first}::bigint, {last}::bigint) as i"


def either(condition: str, then: str, otherwise: str) -> str:
    return f"case when {condition} then {then} else {otherwise} end"


def values(written: str, of_type: str = "WORK") -> str:
    """A multi-field of the CRM with one value, none when that is null."""
    field = f"jsonb_build_object('TYPE', '{of_type}', 'VALUE', {written})"
    return either(f"{written} is null", "'[]'::jsonb", f"jsonb_build_array({field})")


def once(numbers: str, **parts: str) -> str:
    """The numbers with expressions computed once a row, which `offset 0` sees to."""
    listed = ", ".join(f"{written} as {name}" for name, written in parts.items())
    return f"(select i, {listed} from {numbers} offset 0) as drawn"


def sessions(numbers: str, cookie: str, at: str) -> Rows:
    """Visits: a third tagged in the address, a third from search or other sites, a third direct."""
    return Rows(
        "raw_bitrix.bl_web_session",
        once(
            numbers,
            f=cookie,
            t=at,
            luck="bench.u(i, 22)",
            campaign="floor(bench.u(i, 23) * bench.u(i, 24) * 60)::int",
        ),
        {
            "id": "i",
            "fuser_id": "f",
            "user_id": "case when bench.u(i, 21) < 0.7 then bench.account(f) else 0 end",
            "started_at": "t",
            "last_hit_at": "t + bench.u(i, 25) * interval '20 minutes'",
            "hits": "1 + i % 12",
            "landing_url": """'https://shop.example/catalog/' || i % 500 || '/' || case
                when luck < 0.20 then
                    '?utm_source=yandex&utm_medium=cpc&utm_campaign=s' || campaign || '&yclid=' || i
                when luck < 0.28 then '?utm_source=vk&utm_medium=cpc&utm_campaign=v' || campaign
                when luck < 0.34 then
                    '?utm_source=sender&utm_medium=email&utm_campaign=m' || campaign
                else '' end""",
            "referrer": """case
                when luck < 0.34 then null
                when luck < 0.52 then 'https://yandex.ru/search/'
                when luck < 0.60 then 'https://www.google.com/'
                when luck < 0.66 then 'https://blog' || campaign || '.example/post' end""",
            "client_id": "'c' || f",
        },
    )


def order_rows(numbers: str, cookie: str, at: str) -> list[Rows]:
    """Orders with what hangs on them: two answers, a payment, for 2 % a refund, and a basket."""
    drawn = once(
        numbers,
        f=cookie,
        t=at,
        account=f"bench.account({cookie})",
        paid="bench.u(i, 31) < 0.85",
        cost="round((500 + 19500 * bench.u(i, 32) * bench.u(i, 33))::numeric, 2)",
        money="case when i % 50 = 0 then 'USD' else 'RUB' end",
    )
    yes_no = "case when {} then 'Y' else 'N' end"
    answers = {"order_id": "i", "entity_id": "i", "entity_type": "'ORDER'"}
    payment = {"order_id": "i", "pay_system_id": "2", "currency": "money"}
    return [
        Rows(
            "raw_bitrix.b_sale_order",
            drawn,
            {
                "id": "i", "lid": "'s1'", "account_number": "'A' || i", "person_type_id": "1",
                "user_id": f"coalesce(nullif(account, 0), {ANONYMOUS})",
                "status_id": "case when bench.u(i, 34) < 0.7 then 'F' else 'N' end",
                "date_status": "t", "date_insert": "t", "date_update": "t",
                "payed": yes_no.format("paid"), "date_payed": "case when paid then t end",
                "canceled": yes_no.format("bench.u(i, 35) < 0.08"), "currency": "money",
                "price": "cost", "price_delivery": "300", "discount_value": "0", "tax_value": "0",
                "sum_paid": "case when paid then cost else 0 end",
            },
        ),
        Rows(
            "raw_bitrix.b_sale_order_props_value",
            drawn,
            {"id": "2 * i", "order_props_id": "1", "code": "'EMAIL'", "name": "'E-mail'",
             "value": "case when account > 0 then bench.email(account)"
             " else 'guest' || f || '@mail.example' end", **answers},
        ),
        Rows(
            "raw_bitrix.b_sale_order_props_value",
            drawn,
            {"id": "2 * i + 1", "order_props_id": "2", "code": "'PHONE'", "name": "'Phone'",
             "value": "case when account > 0 then bench.phone(account)"
             " else '+795' || lpad(f::text, 8, '0') end", **answers},
        ),
        Rows(
            "raw_bitrix.b_sale_order_payment",
            drawn,
            {"id": "2 * i", "paid": yes_no.format("paid"), "date_paid": "t", "sum": "cost",
             "is_return": "'N'", **payment},
        ),
        Rows(
            "raw_bitrix.b_sale_order_payment",
            drawn,
            {"id": "2 * i + 1", "paid": "'N'", "sum": "round(cost / 3, 2)",
             "is_return": "'P'", "pay_return_date": "t + interval '3 days'", **payment},
            where="bench.u(i, 36) < 0.02",
        ),
        *(
            Rows(
                "raw_bitrix.b_sale_basket",
                drawn,
                {"id": f"2 * i + {line}", "fuser_id": "f", "order_id": "i",
                 "product_id": f"(i * {7 + line}) % {PRODUCTS}", "name": "'Goods'", "price": price,
                 "quantity": "1", "currency": "money", "date_insert": "t", "date_update": "t",
                 "lid": "'s1'"},
            )
            for line, price in enumerate(("round((cost - 300) * 0.6, 2)",
                                          "cost - 300 - round((cost - 300) * 0.6, 2)"))
        ),
    ]  # fmt: skip


def call_rows(numbers: str, at: str) -> Rows:
    """Ten events of an answered call, four of a missed one; one in five goes out."""
    outgoing = "i % 5 = 0"
    inside = f"event.is_root = ({outgoing})"
    phone = either("i % 2 = 0", CALLER, "'+7812' || lpad((i % 1000000)::text, 7, '2')")
    did = "'7495111000' || 1 + i % 4"
    return Rows(
        "raw_cel.cel",
        f"{numbers} cross join {CALL_EVENTS}",
        {
            "id": "i * 10 + event.k",
            "eventtype": "event.kind",
            "eventtime": f"{at} + event.seconds * interval '1 second'",
            "cid_num": either(f"event.is_root and not ({outgoing})", phone, "'101'"),
            "cid_dnid": either(f"event.is_root and not ({outgoing})", did, "''"),
            "exten": either("event.is_root", either(outgoing, phone, did), "'101'"),
            "context": either(inside, "'from-internal'", "'from-trunk'"),
            "channame": either(inside, "'SIP/101-'", "'PJSIP/line-'") + " || i",
            "uniqueid": "i || case when event.is_root then '.1' else '.2' end",
            "linkedid": "i || '.1'",
        },
        where="event.k in (0, 7, 8, 9) or i % 4 > 0",
    )


def letter_rows(reads: str, clicks: str, recipients: int, at: str) -> list[Rows]:
    """Opens and clicks of letters; recipients 1 to `recipients` are drawn from."""
    recipient = f"ceil({recipients} * (1 - bench.u(i, 50)))::bigint"
    opened = {"id": "i", "posting_id": f"1 + ({recipient}) % 104", "recipient_id": recipient,
              "date_insert": at}  # fmt: skip
    url = "'https://shop.example/catalog/' || i % 500 || '/?utm_content=block' || i % 7"
    return [
        Rows("raw_subscribe.b_sender_posting_read", reads, opened),
        Rows("raw_subscribe.b_sender_posting_click", clicks, {**opened, "url": url}),
    ]


def rest_rows(numbers: Mapping[str, str], at: Mapping[str, str], orders: int) -> list[Rows]:
    """Provider events, CRM leads, deals and activities, till receipts."""
    person, zone = "bench.person(i, 60)", "at time zone 'Europe/Moscow'"
    moment = {name: f"({written} {zone})" for name, written in at.items()}
    phones = values(f"bench.phone({person})")
    of_order = f"i % 5 < 3 and i * 2 <= {orders}"
    contact = either(f"{person} % 3 = 0", person, "0")
    # Half of the activities are calls that the exchange has too, seconds apart.
    kinds = "'VOXIMPLANT_CALL', 'IMOPENLINES_SESSION', 'VOXIMPLANT_CALL', 'CRM_WEBFORM'"
    return [
        Rows(
            "raw_esp.bl_email_events",
            numbers["events"],
            {"id": "i", "provider": "'unisender'",
             "event": either("i % 6 = 0", "'click'", "'open'"),
             "email": f"bench.email({person})", "campaign_id": "(i % 90)::text",
             "message_id": "'m' || i",
             "event_at": f"{at['events']} - interval '3 hours'",
             "payload": "case when i % 20 = 0 then '{\"user_agent\": \"bot\"}'::jsonb end"},
        ),
        Rows(
            "raw_crm.lead",
            numbers["leads"],
            {"id": "i", "title": "'Lead'",
             "status_id": "(array['NEW', 'CONVERTED', 'JUNK'])[1 + i % 3]",
             "status_semantic_id": "(array['P', 'S', 'F'])[1 + i % 3]", "contact_id": contact,
             "assigned_by_id": f"1 + i % {MANAGERS}",
             "date_create": moment["leads"], "date_modify": moment["leads"], "phone": phones,
             "utm_source": "case when i % 3 = 0 then 'yandex' end",
             "utm_medium": "case when i % 3 = 0 then 'cpc' end"},
        ),
        Rows(
            "raw_crm.deal",
            numbers["deals"],
            {"id": "i", "title": "'Deal'", "stage_id": "'C1:WON'",
             "stage_semantic_id": "case when i % 10 < 7 then 'S' else 'P' end", "closed": "'Y'",
             "contact_id": contact, "opportunity": "1000 + i % 9000", "currency_id": "'RUB'",
             "date_create": moment["deals"], "date_modify": moment["deals"],
             "closedate": moment["deals"], "category_id": "i % 2",
             "assigned_by_id": f"1 + i % {MANAGERS}",
             "origin_id": f"case when {of_order} then (i * 2)::text end",
             "originator_id": f"case when {of_order} then 'bitrix_site' end"},
        ),
        Rows(
            "raw_crm.stage_history",
            f"{numbers['deals']} cross join {STAGES}",
            {"entity_type_id": "2", "id": "4 * i + stage.k", "owner_id": "i",
             "category_id": "i % 2", "stage_semantic_id": "stage.semantic",
             "stage_id": "stage.name",
             "created_time": f"{moment['deals']} - (3 - stage.k) * bench.u(i, 61) "
             "* interval '40 hours'"},
            where="stage.k < 3 or i % 10 < 7",
        ),
        Rows(
            "raw_crm.activity",
            numbers["activities"],
            {"id": "i", "owner_id": person, 
             "owner_type_id": either(f"{person} % 3 = 0", "3", "1"),
             "type_id": "case when i % 2 = 0 then 2 else 6 end",
             "provider_id": f"(array[{kinds}])[1 + i % 4]",
             "provider_type_id": "case when i % 4 = 1 then 'telegram' end",
             "direction": "case when i % 5 = 0 then 2 else 1 end",
             "created": moment["activities"], "last_updated": moment["activities"],
             "start_time": f"{moment['activities']} + interval '20 seconds'",
             "communications": either("i % 2 = 0", values(CALLER, "PHONE"), "'[]'::jsonb")},
        ),
        Rows(
            "raw_loyalty.bl_pos_receipt",
            numbers["receipts"],
            {"id": "i", "receipt_uid": "'r' || i", "store_id": "'store' || i % 30",
             "receipt_no": "i",
             "closed_at": at["receipts"], 
             "kind": either("i % 40 = 0", "'return'", "'sale'"),
             "original_receipt_uid": "case when i % 40 = 0 then 'r' || i - 1 end",
             "total": "case when i % 40 = 0 then -1 else 1 end * (300 + i % 5000)",
             "bonus_spent": "0", "bonus_earned": "0", "currency": "'RUB'",
             "card_number": f"case when {person} % 11 = 0 then ({person} + 770000000)::text end",
             "phone": f"case when i % 3 = 0 then bench.phone({person}) end"},
        ),
    ]  # fmt: skip


def cost_rows(campaigns: int, today: str, days: int) -> Rows:
    """What campaigns of Direct and VK cost on each of the last days; visits carry their names."""
    name = either("i % 2 = 0", "'s'", "'v'") + " || i / 2"
    return Rows(
        "raw_ads.campaign_cost",
        f"{series(0, campaigns - 1)} cross join generate_series(1, {days}) as day (ago)",
        {
            "provider": either("i % 2 = 0", "'yandex_direct'", "'vk_ads'"), "account": "'shop'",
            "campaign_id": "(1000 + i)::text", "campaign_name": name, "network": "''",
            "day": f"{today} - ago::int", "utm_campaign": name,
            "impressions": "100 * (1 + i)", "clicks": "1 + i + ago % 7",
            "cost": "round((100 + 900 * bench.u(i * 1000 + ago, 70))::numeric, 2)",
            "currency": "'RUB'", "vat_included": "true", "vat_rate": "20",
        },
    )  # fmt: skip
