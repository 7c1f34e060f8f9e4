"""UniSender campaigns by SMS: the recipient of a row is a phone."""

from omni_pipeline.api.session import HttpSession
from omni_pipeline.sources.esp import tables
from omni_pipeline.sources.esp.unisender import UniSender
from omni_pipeline.values import CONVERTERS, convert_row
from tests.local_http import Call, FakeClock, LocalServer, Reply
from tests.rows import accepted


def test_unisender_campaign_by_sms_keeps_each_phone(server: LocalServer, clock: FakeClock) -> None:
    def by_sms(call: Call) -> Reply:
        if call.path.endswith("getCampaigns"):
            return Reply({"result": [{"id": 7, "status": "completed"}]})
        fields = ["phone", "send_result", "last_update"]
        data = [["79161234567", "ok_delivered", ""], [79161234568, "ok_sent", None]]
        return Reply({"result": {"fields": fields, "data": data}})

    server.responder = by_sms
    session = HttpSession("UNISENDER_API_URL", clock=clock, timeout=(2, 5))
    unisender = UniSender("uni1key1secret", f"{server.url}/ru/api", session=session)
    rows = list(accepted(unisender.rows(tables.UNISENDER_DELIVERY)))
    assert [(row["email"], row["phone"], row["send_result"]) for row in rows] == [
        ("79161234567", "79161234567", "ok_delivered"),
        ("79161234568", "79161234568", "ok_sent"),
    ]
    kinds = tables.UNISENDER_DELIVERY.stored_columns
    converters = [CONVERTERS[kind] for kind in kinds.values()]
    for row in rows:
        values, _ = convert_row([row[name] for name in kinds], converters, list(kinds))
        assert None not in [values[list(kinds).index(name)] for name in ("campaign_id", "email")]
