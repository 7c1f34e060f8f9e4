"""The Bitrix24 client against recorded answers and a portal that misbehaves in every known way."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.errors import SourceError
from omni_pipeline.sources.crm import tables
from omni_pipeline.sources.crm.client import Bitrix24
from omni_pipeline.values import CONVERTERS, convert_row
from tests.local_http import (
    LocalServer,
    Reply,
    recorded,
)
from tests.rows import accepted
from tests.unit.sources.portal import FIRST_PAGE, Portal, commands, ids


def test_a_contact_is_decoded_by_its_declaration(server: LocalServer, client: Bitrix24) -> None:
    server.queue = [Reply(recorded("crm/contact_batch.json"))]
    first, second = accepted(client.rows(tables.CONTACT))
    assert set(first) == set(tables.CONTACT.stored_columns)
    assert first["id"] == "75"
    assert first["date_modify"] == "2026-05-14T10:58:41+03:00"
    assert first["second_name"] == ""
    assert [phone["VALUE"] for phone in first["phone"]] == ["8 (900) 000-00-01", "+79000000002"]
    assert first["uf"] == {"UF_SITE_MEMBER_ID": "1042", "UF_CRM_1700000000": False}
    assert first["payload"]["EMAIL"][0]["VALUE"] == "Maria@Example.com "
    assert (second["lead_id"], second["company_id"], second["phone"]) == (None, None, None)
    assert second["name"] == "Иван 👋"


OTHERS = [tables.LEAD, tables.DEAL, tables.ACTIVITY, tables.COMPANY, tables.REQUISITE]


@pytest.mark.parametrize("table", OTHERS)
def test_the_other_lists_are_decoded(
    server: LocalServer, client: Bitrix24, table: BronzeTable
) -> None:
    server.queue = [Reply(recorded(f"crm/{table.name}_batch.json"))]
    (row,) = accepted(client.rows(table))
    assert set(row) == set(table.stored_columns)
    for empty in ("date_closed", "end_time"):
        assert row.get(empty) is None
    if table is tables.DEAL:
        assert (row["opportunity"], row["closed"]) == ("12990.50", "Y")
        assert row["uf"] == {"UF_CRM_DELIVERY": "курьер"}
    if table is tables.ACTIVITY:
        assert "uf" not in row
        assert row["communications"][0]["VALUE"] == "79000000001"
    if table is tables.COMPANY:
        assert (row["title"], row["uf"]) == ("ООО «Пример»", {"UF_CRM_BRANCH": "Тула"})
        assert row["email"][0]["VALUE"] == "info@firm.example"
    if table is tables.REQUISITE:
        assert (row["entity_type_id"], row["entity_id"], row["rq_inn"]) == ("4", "14", "7700000000")
        assert row["date_modify"] is None


def test_new_requisites_are_found_by_their_birth_and_others_by_their_change(
    server: LocalServer, client: Bitrix24
) -> None:
    nothing = Reply(recorded("crm/batch_empty_page.json"))
    server.queue = [Reply(recorded("crm/server_time.json")), nothing, nothing]
    assert list(client.rows(tables.REQUISITE, datetime(2026, 5, 14, tzinfo=UTC))) == []
    asked = [query for call in server.calls[1:] for query in commands(call)]
    assert [[name for name in query if name.startswith("filter[>=")] for query in asked] == [
        ["filter[>=DATE_CREATE]"],
        ["filter[>=DATE_MODIFY]"],
    ]


@pytest.mark.parametrize("table", [tables.CONTACT, *OTHERS])
def test_rows_fit_the_warehouse_without_repairs(
    server: LocalServer, client: Bitrix24, table: BronzeTable
) -> None:
    server.queue = [Reply(recorded(f"crm/{table.name}_batch.json"))]
    kinds = table.stored_columns
    converters = [CONVERTERS[kind] for kind in kinds.values()]
    for row in accepted(client.rows(table)):
        _, repairs = convert_row([row[name] for name in kinds], converters, list(kinds))
        assert repairs == []


def test_only_declared_fields_are_asked_for(server: LocalServer, client: Bitrix24) -> None:
    server.queue = [Reply(recorded("crm/contact_batch.json"))]
    list(client.rows(tables.CONTACT))
    (query,) = commands(server.calls[0])
    named = [*(name.upper() for name in tables.CONTACT.columns), "UF_*"]
    # And what the models read from the payload.
    named += ["BIRTHDATE", "ADDRESS_CITY", "ADDRESS_PROVINCE", "ADDRESS_REGION"]
    assert query["select[]"] == named
    assert query["start"] == ["-1"]
    assert query["order[ID]"] == ["ASC"]
    assert server.calls[0].json["halt"] == 1


def test_stage_history_covers_leads_and_deals(server: LocalServer, client: Bitrix24) -> None:
    server.queue = [
        Reply(recorded("crm/stage_history_lead_batch.json")),
        Reply(recorded("crm/stage_history_deal_batch.json")),
    ]
    rows = list(accepted(client.rows(tables.STAGE_HISTORY, 40)))
    assert [(row["entity_type_id"], int(row["id"])) for row in rows] == [(1, 41), (2, 41), (2, 57)]
    assert [row["stage_id"] for row in rows] == ["NEW", "NEW", "WON"]
    assert [row["stage_semantic_id"] for row in rows] == ["P", "P", "S"]
    assert [query["filter[>ID]"] for call in server.calls for query in commands(call)] == [
        ["40"],
        ["40"],
    ]
    assert [commands(call)[0]["entityTypeId"] for call in server.calls] == [["1"], ["2"]]


def test_dictionaries_are_read_to_their_last_page(server: LocalServer, client: Bitrix24) -> None:
    server.queue = [
        Reply(recorded("crm/status_first_page.json")),
        Reply(recorded("crm/status_last_page.json")),
    ]
    rows = list(accepted(client.rows(tables.STATUS)))
    assert [int(row["id"]) for row in rows] == list(range(1, 54))
    assert (rows[0]["category_id"], rows[52]["category_id"]) == (None, "0")
    assert [call.json["start"] for call in server.calls] == [0, 50]


def test_pipelines_come_in_camel_case_under_a_name_of_their_own(
    server: LocalServer, client: Bitrix24
) -> None:
    server.queue = [Reply(recorded("crm/category_list.json"))]
    main, wholesale = accepted(client.rows(tables.CATEGORY))
    assert (main["id"], main["name"], main["is_default"], main["sort"]) == (0, "Общее", "Y", 100)
    assert (wholesale["id"], wholesale["is_default"]) == (3, "N")
    assert server.calls[0].json["entityTypeId"] == 2
    assert len(server.calls) == 1


def test_currencies_have_a_code_and_no_number(server: LocalServer, client: Bitrix24) -> None:
    server.queue = [Reply(recorded("crm/currency_list.json"))]
    rows = accepted(client.rows(tables.CURRENCY))
    assert [(row["currency"], row["amount"], row["base"]) for row in rows] == [
        ("RUB", "1", "Y"),
        ("KZT", "19.4000", "N"),
    ]


def test_the_staff_is_read_to_its_last_page_and_without_what_nobody_asks(
    server: LocalServer, client: Bitrix24
) -> None:
    server.queue = [
        Reply(recorded("crm/user_first_page.json")),
        Reply(recorded("crm/user_last_page.json")),
    ]
    rows = list(accepted(client.rows(tables.USER)))
    assert [(row["id"], row["active"]) for row in rows] == [("1", "True"), ("12", "False")]
    assert rows[0]["uf_department"] == [1, 5]
    assert rows[1]["uf_phone_inner"] == "211"
    assert {name for row in rows for name in row} == set(tables.USER.stored_columns)
    assert [call.json["start"] for call in server.calls] == [0, 50]
    assert (server.calls[0].json["sort"], server.calls[0].json["order"]) == ("ID", "ASC")


def test_product_rows_come_by_deal_and_deals_that_are_gone_are_passed_over(
    server: LocalServer, client: Bitrix24
) -> None:
    deals = [{"ID": str(n), "DATE_MODIFY": f"2026-05-14T10:{n:02d}:00+03:00"} for n in (1, 2, 3)]
    lists = {"result": {"result": {"c0": deals}, "result_error": []}}
    gone = {"error": "", "error_description": "Not found"}
    sold = [{"ID": "7", "PRODUCT_ID": "5", "PRICE": 100.5, "QUANTITY": 2}]
    rows = {"result": {"result": {"c0": sold, "c2": []}, "result_error": {"c1": gone}}}
    server.queue = [Reply(lists), Reply(rows)]
    first, last = accepted(client.rows(tables.PRODUCT_ROWS))
    assert first == {"owner_id": "1", "date_modify": deals[0]["DATE_MODIFY"], "rows": sold}
    assert (last["owner_id"], last["rows"]) == ("3", [])
    assert list(server.calls[1].json["cmd"].values()) == [
        f"crm.deal.productrows.get?id={n}" for n in (1, 2, 3)
    ]


def test_product_rows_that_fail_otherwise_are_an_error(
    server: LocalServer, client: Bitrix24
) -> None:
    lists = {"result": {"result": {"c0": [{"ID": "1"}]}, "result_error": []}}
    error = {"error": "ACCESS_DENIED", "error_description": "Access denied."}
    rows = {"result": {"result": [], "result_error": {"c0": error}}}
    server.queue = [Reply(lists), Reply(rows)]
    with pytest.raises(SourceError, match=r"crm\.deal\.productrows\.get.*ACCESS_DENIED"):
        list(client.rows(tables.PRODUCT_ROWS))


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 149, 150, 151, 2500, 3175, 3200])
def test_every_row_comes_once_in_order(server: LocalServer, client: Bitrix24, count: int) -> None:
    Portal(server, count)
    assert ids(client) == list(range(1, count + 1))


def test_batches_grow_to_fifty_commands(server: LocalServer, client: Bitrix24) -> None:
    Portal(server, 8000)
    assert len(ids(client)) == 8000
    assert [len(call.json["cmd"]) for call in server.calls] == [1, 2, 4, 8, 16, 32, 50, 50]


def test_a_portal_that_resolves_no_references_is_read_page_by_page(
    server: LocalServer, client: Bitrix24
) -> None:
    Portal(server, 420, resolves=False)
    assert ids(client) == list(range(1, 421))
    assert [len(call.json["cmd"]) for call in server.calls][-3:] == [1, 1, 1]


@pytest.mark.parametrize("odd", ["-1", "2", "99999999999999999999", True, "0", None])
def test_an_id_nobody_can_place_keeps_no_other_row_away(
    server: LocalServer, client: Bitrix24, odd: Any
) -> None:
    page = {"c0": [{"ID": told} for told in ("1", "2", odd, "4", "5")]}
    server.responder = lambda call: Reply({"result": {"result": page, "result_error": []}})
    read = [row for row in client.rows(tables.CONTACT) if isinstance(row, dict)]
    assert {"1", "2", "4", "5"} <= {str(row["id"]) for row in read}


def test_a_portal_that_ignores_the_filter_is_an_error(
    server: LocalServer, client: Bitrix24
) -> None:
    page = {f"c{n}": [{"ID": str(i)} for i in FIRST_PAGE] for n in range(1)}
    server.responder = lambda call: Reply({"result": {"result": page, "result_error": []}})
    with pytest.raises(SourceError, match="ignores the order or the filter by ID"):
        ids(client)


def test_reading_streams(server: LocalServer, client: Bitrix24) -> None:
    Portal(server, 100_000)
    rows = client.rows(tables.CONTACT)
    for _ in range(50):
        next(rows)
    assert len(server.calls) == 1


def test_the_window_is_sent_in_the_portals_own_offset(
    server: LocalServer, client: Bitrix24
) -> None:
    server.queue = [
        Reply(recorded("crm/server_time.json")),
        Reply(recorded("crm/batch_empty_page.json")),
        Reply(recorded("crm/batch_empty_page.json")),
    ]
    assert ids(client, datetime(2026, 5, 14, 7, 0, 30, 999, tzinfo=UTC)) == []
    since = datetime(2026, 5, 14, 2, 0, tzinfo=timezone(timedelta(hours=-5)))
    assert list(client.rows(tables.ACTIVITY, since)) == []
    # The offset is asked for once.
    assert [call.path.rpartition("/")[2] for call in server.calls] == [
        "server.time",
        "batch",
        "batch",
    ]
    assert commands(server.calls[1])[0]["filter[>=DATE_MODIFY]"] == ["2026-05-14T10:00:30+03:00"]
    assert commands(server.calls[2])[0]["filter[>=LAST_UPDATED]"] == ["2026-05-14T10:00:00+03:00"]
