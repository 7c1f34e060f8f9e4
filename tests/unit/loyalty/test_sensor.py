"""The ledger sensor: what `decide` does, and how a tick takes settings that do not work."""

import socket

import dagster as dg
import pytest

from omni_pipeline.bronze.resource import database_resource
from omni_pipeline.loyalty.assets import discrepancy, ledger_is_consistent
from omni_pipeline.loyalty.fingerprint import Memory, pack, unpack
from omni_pipeline.loyalty.sensor import (
    JOB,
    Cursor,
    Decision,
    decide,
    reconcile_loyalty_on_ledger_change,
)
from omni_pipeline.sources.bitrix.access import DATABASE as SITE
from omni_pipeline.sources.loyalty.access import DATABASE as LEDGER

VARIABLES = ("LOYALTY_DATABASE_URL", "BITRIX_DATABASE_URL")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def tick(cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
    databases = {
        "loyalty_database": database_resource(LEDGER),
        "bitrix_database": database_resource(SITE),
    }
    with dg.build_sensor_context(cursor=cursor, resources=databases) as context:
        result = reconcile_loyalty_on_ledger_change(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def launches(cursor: str | None, moved: bool, state: str = "aa", rules: str = "1") -> Decision:
    return decide(Cursor.read(cursor), moved, {"ledger": Memory(state)}, rules)


def test_first_tick_launches() -> None:
    assert launches(None, moved=True).run_key is not None


def test_unchanged_ledger_is_skipped_for_ever() -> None:
    cursor = str(launches(None, moved=True).cursor)
    for turn in range(1000):
        decision = launches(cursor, moved=False)
        assert decision.run_key is None
        assert decision.cursor.turn == turn + 2
        cursor = str(decision.cursor)


def test_changed_ledger_launches() -> None:
    first = launches(None, moved=True)
    second = launches(str(first.cursor), moved=True, state="bb")
    assert second.run_key not in (None, first.run_key)


def test_changed_rules_launch() -> None:
    first = launches(None, moved=True)
    second = launches(str(first.cursor), moved=False, rules="2")
    assert second.run_key not in (None, first.run_key)
    assert launches(str(second.cursor), moved=False, rules="2").run_key is None


def test_a_state_that_comes_back_has_a_run_key_of_its_own() -> None:
    keys, cursor = [], None
    for state in ("aa", "bb", "aa", "bb"):
        decision = launches(cursor, moved=True, state=state)
        keys.append(decision.run_key)
        cursor = str(decision.cursor)
    assert None not in keys
    assert len(set(keys)) == len(keys)


def test_a_tick_repeated_before_its_cursor_was_stored_has_the_same_key() -> None:
    cursor = str(launches(None, moved=True).cursor)
    once, again = (launches(cursor, moved=True, state="bb") for _ in range(2))
    assert once == again


@pytest.mark.parametrize("cursor", ["not a cursor", "7:1:0123456789abcdef", "7:1:3:{", ""])
def test_a_cursor_of_another_form_is_a_first_tick(cursor: str) -> None:
    read = Cursor.read(cursor)
    assert unpack(read.memory) == {}
    assert read.number == (7 if cursor[0:1] == "7" else 0), "run keys must not come twice"


def test_what_is_remembered_survives_the_cursor() -> None:
    memory = {
        "ledger": Memory("m:a", 7, 65536, {0: (3, "123", "2026-01-01 10:00:00"), 2: (1, "4", "")})
    }
    assert unpack(Cursor.read(str(Cursor(1, "1", 2, pack(memory)))).memory) == memory


def test_unset_variables_are_named() -> None:
    result = tick()
    assert isinstance(result, dg.SkipReason)
    for variable in VARIABLES:
        assert variable in str(result.skip_message)


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_unreachable_source_is_named_without_its_secret(
    monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv(variable, f"{scheme}://shop:s3cr3t@127.0.0.1:{port}/shop")
    result = tick()
    assert isinstance(result, dg.SkipReason)
    assert variable in str(result.skip_message)
    assert "s3cr3t" not in str(result.skip_message)


def test_senseless_url_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOYALTY_DATABASE_URL", "sqlite:///s3cr3t")
    result = tick()
    assert isinstance(result, dg.SkipReason)
    assert "LOYALTY_DATABASE_URL" in str(result.skip_message)
    assert "s3cr3t" not in str(result.skip_message)


def test_sensor_launches_the_job_of_the_ledger_by_itself() -> None:
    assert reconcile_loyalty_on_ledger_change.job_name == JOB
    assert reconcile_loyalty_on_ledger_change.default_status == dg.DefaultSensorStatus.RUNNING


def test_asset_stands_behind_ledger_receipts_and_orders() -> None:
    key = dg.AssetKey(["loyalty", "discrepancy"])
    assert {dep.to_user_string() for dep in discrepancy.asset_deps[key]} == {
        "raw_loyalty/bl_loyalty_account",
        "raw_loyalty/bl_loyalty_transaction",
        "raw_loyalty/bl_pos_receipt",
        "raw_bitrix/b_sale_order",
        "raw_bitrix/b_sale_order_change",
    }
    assert [spec.name for spec in ledger_is_consistent.check_specs] == ["ledger_is_consistent"]
    assert not any(spec.blocking for spec in ledger_is_consistent.check_specs)
