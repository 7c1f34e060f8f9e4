"""Touches follow what arrives as a rebuild would: visits cut anew, calls told bit by bit, identity.

Every hour of a told story is checked against what a shop keeper would say; each story ends beside
a rebuild, row for row. The stories share a shop, with visitors and calls of their own.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.journey.traffic import (
    COOKIES,
    DAY,
    EVENTS,
    USERS,
    VISITS,
    Traffic,
    coming_by,
)

SESSION, CALL, NOTE = "bitrix.session:", "cel.call:", "crm.call:"
CAMPAIGN = {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": "spring"}


@pytest.fixture(scope="module")
def shop(server_url: str, template_database: str) -> Iterator[Traffic]:
    folder = Path(tempfile.mkdtemp(prefix="omni-traffic-"))
    with coming_by(server_url, template_database, folder) as traffic:
        yield traffic
    shutil.rmtree(folder, ignore_errors=True)


def assert_like_rebuild(shop: Traffic) -> None:
    assert shop.differences_to_rebuild(by_flag=True) == []


def test_visits_become_sessions(shop: Traffic) -> None:
    """Half an hour of silence or a new campaign cuts; midnight, other tabs and no marks do not."""
    shop.put(COOKIES, 1)
    shop.put(COOKIES, 2)
    shop.visit(1, 1, "10:00:00", "10:10:00")
    shop.visit(2, 1, "10:40:00")  # half an hour to the second
    shop.visit(3, 1, "11:10:01")  # and one more
    shop.visit(4, 1, "11:20:00", **CAMPAIGN)
    shop.visit(5, 1, "11:25:00", **CAMPAIGN, utm_term="another ad")
    shop.visit(6, 1, "11:40:00")
    shop.visit(7, 1, "23:50:00", "23:58:00")
    shop.put(VISITS, 8, fuser_id=1, started_at="2026-03-02 00:05:00", last_hit_at=None)
    shop.visit(9, 2, "11:30:00")
    shop.hour()
    assert shop.touches(SESSION).keys() == {"1", "3", "4", "7", "9"}
    assert shop.touches(SESSION)["4"]["campaign"] == "spring"

    # A late visit fills the silence between two sessions.
    shop.visit(10, 1, "10:50:00", "11:05:00")
    shop.hour()
    assert shop.touches(SESSION).keys() == {"1", "4", "7", "9"}
    assert shop.written() == {f"{SESSION}1", f"{SESSION}3"}
    assert_like_rebuild(shop)

    # It was somebody else's: the silence is back, and his own session begins earlier.
    shop.visit(10, 2, "11:05:00", "11:29:00")
    shop.hour()
    assert shop.touches(SESSION).keys() == {"1", "3", "4", "7", "10"}
    assert shop.touches(SESSION)["10"]["id_value"] == "2"
    assert_like_rebuild(shop)

    # A campaign corrected: its session begins with the next visit. A start that cannot be read is
    # the last hit.
    shop.visit(4, 1, "11:20:00", utm_source=None, utm_medium=None, utm_campaign=None)
    shop.put(VISITS, 7, started_at=None)
    shop.hour()
    assert shop.touches(SESSION).keys() == {"1", "3", "5", "7", "10"}
    assert_like_rebuild(shop)

    # A visit without any time is none.
    shop.put(VISITS, 7, started_at=None, last_hit_at=None)
    shop.hour()
    assert shop.touches(SESSION).keys() == {"1", "3", "5", "8", "10"}
    assert_like_rebuild(shop)


def test_a_call_grows_and_is_known_to_the_crm(shop: Traffic) -> None:
    """One call is one touch: the exchange's as it grows, the CRM's where the exchange has none."""
    shop.event(1, "a", "CHAN_START", "12:00:00")
    shop.hour()
    assert [row["is_answered"] for row in shop.touches(CALL).values()] == [False]
    shop.event(2, "a", "CHAN_START", "12:00:05", channel="2")
    shop.event(3, "a", "BRIDGE_ENTER", "12:00:20")
    shop.event(4, "a", "BRIDGE_ENTER", "12:00:20", channel="2")
    shop.hour()
    assert shop.touches(CALL)["a.1"]["is_answered"]
    shop.event(5, "a", "BRIDGE_EXIT", "12:01:20", channel="2")
    shop.event(6, "a", "HANGUP", "12:01:21")
    shop.hour()
    call = shop.touches(CALL)["a.1"]
    assert (call["wait_seconds"], call["talk_seconds"]) == (20, 60)

    shop.note(1, "12:02:00")  # two minutes after it began: the same call
    shop.note(2, "12:02:01")  # a second later: another one
    shop.hour()
    assert shop.touches(CALL)["a.1"] == call
    assert shop.touches(NOTE).keys() == {"2"}
    assert shop.written() == {f"{NOTE}2"}

    shop.event(1, "a", "CHAN_START", "12:00:01")  # the exchange's clock was corrected
    shop.hour()
    assert shop.touches(NOTE) == {}
    assert_like_rebuild(shop)

    shop.put(EVENTS, 1, cid_num="+79162222222")  # somebody else called: the notes count again
    shop.hour()
    assert shop.touches(CALL)["a.1"]["id_value"] == "+79162222222"
    assert shop.touches(NOTE).keys() == {"1", "2"}
    shop.put(EVENTS, 1, cid_num="+79161111111")
    shop.hour()
    assert shop.touches(NOTE) == {}

    # No line was in it: people of the shop talked to each other, and there is no such touch.
    for event in (1, 3, 6):
        shop.put(EVENTS, event, channame="PJSIP/202-8", context="from-internal")
    shop.hour()
    assert shop.touches(CALL) == {}
    assert shop.touches(NOTE).keys() == {"1", "2"}
    assert_like_rebuild(shop)


def test_identity_alone_moves_touches(shop: Traffic) -> None:
    """A login writes the touches of its cookie and no others; the change log has both versions."""
    for cookie in (21, 22):
        shop.put(COOKIES, cookie)
        shop.visit(10 * cookie, cookie, "15:00:00")
        shop.visit(10 * cookie + 1, cookie, "16:00:00")
    shop.hour()
    before = shop.touches("")
    moved = {f"{SESSION}{visit}" for visit in (210, 211)}
    shop.put(COOKIES, 21, user_id=7)
    shop.hour()
    after = shop.touches("")
    assert before.keys() == after.keys()
    assert {touch for touch in after if after[touch] != before[touch]} == moved
    for touch in moved:
        changed = {c for c in after[touch] if after[touch][c] != before[touch][c]}
        assert changed == {"customer_uuid", "xmin"}
    assert {(row["touch_id"], row["customer_uuid"]) for row in shop.reported} == {
        (touch, state[touch]["customer_uuid"]) for touch in moved for state in (before, after)
    }
    assert all(row["cell_id"] and str(row["at"]).startswith(DAY) for row in shop.reported)
    assert_like_rebuild(shop)

    # In one hour another visit arrives and the account gets the phone of calls.
    shop.visit(212, 21, "15:20:00")
    shop.put(USERS, 7, personal_phone="+79161111111")
    shop.note(31, "18:00:00")
    shop.hour()
    customer = shop.touches(SESSION)["210"]["customer_uuid"]
    assert shop.touches(NOTE)["31"]["customer_uuid"] == customer
    assert_like_rebuild(shop)

    shop.build()  # nothing new
    assert shop.reported == []


LEADS, DEALS, CONTACTS = "raw_crm.lead", "raw_crm.deal", "raw_crm.contact"
STATUS, FIELDS = "raw_crm.status", "raw_bitrix.b_uts_user"


def test_objects_of_the_crm_say_their_source(shop: Traffic) -> None:
    """Marks as typed, else the word of the dictionary; what is made of an object inherits."""
    born = {"date_create": f"{DAY}T10:00:00+03:00"}
    shop.put(STATUS, 1, entity_id="SOURCE", status_id="UC_A", name="Авито")
    shop.put(STATUS, 2, entity_id="SOURCE", status_id="PARTNER", name="Существующий клиент")
    shop.put(LEADS, 101, **born, utm_source=" Yandex", utm_medium="CPC", source_id="CALL")
    shop.put(LEADS, 102, **born, utm_source="%25D1%258F%25D0%25BD", utm_campaign="{campaign}")
    shop.put(LEADS, 103, **born, utm_source="utm_source=vk", utm_medium="cpc")
    shop.put(LEADS, 104, **born, utm_source="(none)", source_id="UC_A")
    shop.put(LEADS, 105, **born, source_id="PARTNER")
    shop.put(LEADS, 106, **born, source_id="")
    shop.put(LEADS, 107, **born, source_id="UC_GONE")
    shop.put(CONTACTS, 101, **born, lead_id=101, utm_source="yandex", utm_medium="cpc")
    shop.put(DEALS, 101, **born, lead_id=101, contact_id=101, utm_source="google")
    shop.put(DEALS, 102, **born, contact_id=101, utm_source="google", utm_medium="cpc")
    shop.put(DEALS, 103, **born, contact_id=101, utm_source="Yandex", utm_medium="cpc")
    shop.put(DEALS, 104, **born, originator_id="bitrix_site", origin_id="4", utm_source="google")
    shop.hour()
    told = {key: (row["channel"], row["source"]) for key, row in shop.touches("crm.lead:").items()}
    assert told == {
        "101": ("Paid Search", "yandex"),
        "102": ("Unassigned", "ян"),
        "103": ("Paid Social", "vk"),
        "104": ("Organic Shopping", "avito"),
        "105": ("Existing client", "существующий клиент"),
        "107": ("Unassigned", "uc_gone"),
    }
    assert not shop.touches("crm.lead:")["105"]["is_on_path"]
    assert shop.touches("crm.lead:")["101"]["touch_type"] == "crm_source"
    assert str(shop.touches("crm.lead:")["101"]["at"]) == f"{DAY} 07:00:00+00:00"
    assert shop.touches("crm.contact:") == {}
    assert shop.touches("crm.deal:").keys() == {"102"}
    assert shop.touches("crm.deal:")["102"]["id_value"] == "101"
    assert_like_rebuild(shop)

    # Marks corrected, a source renamed; of a lead that says nothing any more nobody inherits.
    shop.put(LEADS, 103, utm_source="ok")
    shop.put(STATUS, 1, name="Сайт")
    shop.put(LEADS, 101, utm_source=None, utm_medium=None, source_id=None)
    shop.hour()
    assert shop.touches("crm.lead:")["103"]["source"] == "ok"
    assert shop.touches("crm.lead:")["104"]["channel"] == "Website"
    assert shop.touches("crm.lead:")["104"]["is_direct"]
    assert shop.touches("crm.contact:").keys() == {"101"}
    assert shop.touches("crm.deal:").keys() == {"101", "102"}
    assert shop.written() == {
        *("crm.lead:101", "crm.lead:103", "crm.lead:104", "crm.contact:101", "crm.deal:101")
    }
    assert_like_rebuild(shop)

    # The contact's own marks change, and its deals say something else or the same.
    shop.put(CONTACTS, 101, utm_source="google")
    shop.drop(LEADS, 103)
    shop.put(STATUS, 1, status_id="UC_OTHER")
    shop.hour()
    assert shop.touches("crm.deal:").keys() == {"101", "103"}
    assert shop.touches("crm.lead:").keys() == {"102", "104", "105", "107"}
    assert shop.touches("crm.lead:")["104"]["source"] == "uc_a"
    assert_like_rebuild(shop)


def test_user_fields_say_the_source_of_an_account(shop: Traffic) -> None:
    """Fields that the seed names, at the registration, whichever of the two comes first."""
    said = {"uf_utm_source": "Yandex", "uf_utm_medium": "cpc", "uf_city": "Тула"}
    shop.put(FIELDS, 301, value_id=301, uf=said)
    shop.put(FIELDS, 302, value_id=302, uf={"uf_city": "Тула"})
    shop.put(FIELDS, 303, value_id=303, uf=said)
    shop.put(USERS, 302, date_register=f"{DAY} 12:00:00")
    shop.put(USERS, 303)
    shop.hour()
    assert shop.touches("bitrix.user:") == {}

    shop.put(USERS, 301, date_register=f"{DAY} 12:00:00")
    shop.put(FIELDS, 302, value_id=302, uf={"UF_UTM_SOURCE": "vk%20ads"})
    shop.hour()
    told = shop.touches("bitrix.user:")
    assert told.keys() == {"301", "302"}
    assert (told["301"]["channel"], told["301"]["id_type"]) == ("Paid Search", "USER")
    assert told["302"]["source"] == "vk ads"
    assert_like_rebuild(shop)
