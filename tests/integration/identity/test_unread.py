"""What nobody could read is listed, not dropped: rows land, dbt builds, the list is asked."""

import psycopg

from omni_pipeline.identity.health import measure
from tests.replay.opening import replaying
from tests.replay.scopes import JOURNEY_SCOPE
from tests.replay.worlds import Landing

USERS = [
    {"id": 1, "email": "ivan@mail", "personal_phone": "89161234501 Иван, после 18:00"},
    {"id": 2, "email": "ivаn@mail.ru", "personal_phone": "8916 123 45"},
    {"id": 3, "email": "нет", "personal_phone": "+7 (___) ___-__-__"},
    {"id": 4, "email": "a@ya.ru, b@mail.ru", "personal_mobile": "8916 12З 45 О1"},
    {"id": 5, "email": " - ", "personal_phone": "спросить Ольгу"},
]
ORDERS = [{"id": 1, "order_id": 1, "order_props_id": 3, "value": "4111111111111111"}]
PROPERTIES = [{"id": 3, "is_phone": "Y", "code": "PHONE"}]
CONTACTS = [{"id": 8, "phone": [{"VALUE": "80 29 123-45-67"}, {"VALUE": "x"}], "email": []}]
OPENING = {"eventtype": "CHAN_START", "eventtime": "2026-03-02 10:00:00"}
CALLS = [
    OPENING | {"id": n, "uniqueid": f"{n}.1", "linkedid": f"{n}.1"} | told
    for n, told in enumerate(
        [
            {"channame": "PJSIP/line-1", "context": "from-trunk", "cid_num": "anonymous"},
            {"channame": "PJSIP/line-1", "context": "from-trunk", "cid_num": "989161234567"},
            {"channame": "PJSIP/101-1", "context": "from-internal", "exten": "102"},
            {"channame": "PJSIP/101-1", "context": "from-internal", "exten": "91234567"},
        ],
        1,
    )
]
UNREAD = {
    ("b_user", "1", "EMAIL", "ivan@mail", "no such address"),
    ("b_user", "2", "PERSONAL_PHONE", "8916 123 45", "too few digits"),
    ("b_user", "3", "EMAIL", "нет", "no at sign"),
    ("b_user", "5", "PERSONAL_PHONE", "спросить Ольгу", "no digits"),
    ("b_sale_order_props_value", "1", "PHONE", "4111111111111111", "no number of a known plan"),
    ("contact", "8", "PHONE", "x", "no digits"),
    ("cel", "2.1", "cid_num", "989161234567", "no number of a known plan"),
    ("cel", "4.1", "exten", "91234567", "too few digits"),
}
MENDED = {
    ("b_user", "2", "EMAIL", "ivаn@mail.ru", "ivan@mail.ru", "look-alike letter"),
    ("b_user", "4", "PERSONAL_MOBILE", "8916 12З 45 О1", "+79161234501", "O for zero"),
}


def test_what_is_unread_is_listed(server_url: str, template_database: str) -> None:
    with replaying(server_url, template_database, JOURNEY_SCOPE) as replay:
        replay.land(
            [
                Landing("raw_bitrix.b_user", USERS),
                Landing("raw_bitrix.b_sale_order_props", PROPERTIES),
                Landing("raw_bitrix.b_sale_order_props_value", ORDERS),
                Landing("raw_crm.contact", CONTACTS),
                Landing("raw_cel.cel", CALLS),
            ]
        )
        bound = replay.set_bound()
        replay.build()
        with psycopg.connect(replay.url) as warehouse:
            unread = warehouse.execute(
                "select source_table, source_key, field, value, reason from ops.unread_identifier"
            ).fetchall()
            mended = warehouse.execute(
                "select source_table, source_key, field, value, read_as, reason"
                " from ops.mended_identifier"
            ).fetchall()
            known = warehouse.execute(
                "select a_value, b_value from intermediate.int_identity__observations"
                " where b_value is not null or a_type = 'PHONE'"
            ).fetchall()
            numbers = measure(warehouse, 0)
            assert measure(warehouse, bound)["newly_unread"] == 0
        assert sorted(unread) == sorted(UNREAD)
        assert sorted(mended) == sorted(MENDED)
        assert (numbers["newly_unread"], numbers["newly_mended"]) == (len(UNREAD), len(MENDED))
        assert set(known) == {
            ("1", "+79161234501"),
            ("2", "ivan@mail.ru"),
            ("4", "a@yandex.ru"),
            ("4", "b@mail.ru"),
            ("4", "+79161234501"),
            ("8", "+375291234567"),
        }
        # A corrected field stays in the list; one that is read never enters.
        replay.land([Landing("raw_bitrix.b_user", [USERS[0] | {"email": "ivan@mail.ru"}])])
        replay.set_bound()
        replay.build()
        with psycopg.connect(replay.url) as warehouse:
            row = warehouse.execute("select count(*) from ops.unread_identifier").fetchone()
        assert row == (len(UNREAD),)
