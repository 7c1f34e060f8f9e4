"""The ledger sensor: what `decide` does, and how a tick takes settings that do not work."""

import socket

import dagster as dg
import pytest

from omni_pipeline.loyalty.assets import discrepancy, ledger_is_consistent
from omni_pipeline.loyalty.sensor import JOB, decide, reconcile_loyalty_on_ledger_change

VARIABLES = ("LOYALTY_DATABASE_URL", "BITRIX_DATABASE_URL")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def tick(cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
    result = reconcile_loyalty_on_ledger_change(dg.build_sensor_context(cursor=cursor))
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def test_first_tick_launches() -> None:
    decision = decide(None, "aa", "1")
    assert decision.run_key is not None
    assert decision.cursor == decision.run_key


def test_unchanged_ledger_is_skipped_for_ever() -> None:
    cursor = decide(None, "aa", "1").cursor
    for _ in range(1000):
        decision = decide(cursor, "aa", "1")
        assert decision.run_key is None
        assert decision.cursor == cursor
        cursor = decision.cursor


def test_changed_ledger_launches() -> None:
    first = decide(None, "aa", "1")
    second = decide(first.cursor, "bb", "1")
    assert second.run_key not in (None, first.run_key)
    assert "bb" in str(second.run_key)


def test_changed_rules_launch() -> None:
    first = decide(None, "aa", "1")
    second = decide(first.cursor, "aa", "2")
    assert second.run_key not in (None, first.run_key)


def test_a_state_that_comes_back_has_a_run_key_of_its_own() -> None:
    keys, cursor = [], None
    for fingerprint in ("aa", "bb", "aa", "bb"):
        decision = decide(cursor, fingerprint, "1")
        keys.append(decision.run_key)
        cursor = decision.cursor
    assert None not in keys
    assert len(set(keys)) == 4


def test_tick_whose_cursor_was_lost_repeats_its_run_key() -> None:
    before = decide(None, "aa", "1").cursor
    assert decide(before, "bb", "1") == decide(before, "bb", "1")


def test_foreign_cursor_does_not_stop_the_sensor() -> None:
    assert decide("not a cursor", "aa", "1").run_key is not None


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
