"""A right that is missing: the table it is about stays as last read, and the others are read."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from omni_pipeline.api.session import HttpSession
from omni_pipeline.bronze.ingest import ingest_api
from omni_pipeline.errors import NoRight
from omni_pipeline.sources.crm import tables as crm
from omni_pipeline.sources.crm.client import Bitrix24
from tests.local_http import Call, FakeClock, LocalServer, Reply, recorded

REFUSED = Reply(recorded("crm/insufficient_scope_403.json"), 403)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer().running() as running:
        yield running


def answers(refused: set[str]) -> Any:
    """A portal with two pipelines and one employee that refuses some methods."""

    def answer(call: Call) -> Reply:
        method = call.path.rpartition("/")[2]
        if method in refused:
            return REFUSED
        return Reply(
            recorded(
                {
                    "crm.category.list": "crm/category_list.json",
                    "crm.currency.list": "crm/currency_list.json",
                    "user.get": "crm/user_last_page.json",
                }[method]
            )
        )

    return answer


def test_a_refused_table_keeps_no_other_away_and_what_was_read(
    server: LocalServer, warehouse: psycopg.Connection[Any]
) -> None:
    address = f"{server.url}/rest/1/spared0canary0secret/"
    session = HttpSession("CRM_WEBHOOK_URL", clock=FakeClock())
    client = Bitrix24(address, session=session)
    wanted = (crm.USER, crm.CATEGORY, crm.CURRENCY)

    server.responder = answers({"user.get"})
    user, category, currency = ingest_api(warehouse, client, wanted)
    assert user.result is None
    assert "has the scope user" in user.unread
    assert user.unread.endswith("and never did")
    assert category.result
    assert category.result.rows_new == 2
    assert currency.result
    assert currency.result.rows_new == 2

    server.responder = answers(set())
    (user,) = ingest_api(warehouse, client, [crm.USER])
    assert user.result
    assert user.result.rows_new == 1

    server.responder = answers({"user.get"})
    (user,) = ingest_api(warehouse, client, [crm.USER])
    assert (user.result, user.rows_standing) == (None, 1)
    assert user.read_at is not None


def test_what_the_crm_cannot_do_without_is_an_error(
    server: LocalServer, warehouse: psycopg.Connection[Any]
) -> None:
    address = f"{server.url}/rest/1/spared0canary0secret/"
    client = Bitrix24(address, session=HttpSession("CRM_WEBHOOK_URL", clock=FakeClock()))
    server.responder = lambda call: REFUSED
    with pytest.raises(NoRight, match=r"^CRM_WEBHOOK_URL: .*has the scope crm"):
        list(ingest_api(warehouse, client, [crm.STATUS]))
