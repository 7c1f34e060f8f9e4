"""The simulated world is a pure function of its plan, and its ledger lies only where it says so."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

import pytest

from omni_pipeline.sandbox.engine import HOUR, TABLES, Change, Key, Plan, Row, collapse
from omni_pipeline.sandbox.faults import CODES
from omni_pipeline.sandbox.people import make_person, write_phone
from omni_pipeline.sandbox.world import plan_until, simulate

UNTIL = datetime(2026, 11, 20, 12, tzinfo=UTC)
State = dict[str, dict[Key, Row]]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_until(UNTIL, people=600, days=30, seed=7)


@pytest.fixture(scope="module")
def journal(plan: Plan) -> list[Change]:
    return simulate(plan, plan.history_ends)


@pytest.fixture(scope="module")
def state(journal: list[Change]) -> State:
    return collapse(journal)


def test_same_plan_gives_the_same_world(plan: Plan, journal: list[Change]) -> None:
    assert simulate(plan, plan.history_ends) == journal


def test_another_seed_gives_another_world(journal: list[Change]) -> None:
    other = plan_until(UNTIL, people=600, days=30, seed=8)
    assert simulate(other, other.history_ends) != journal


def test_a_later_horizon_never_changes_the_past(plan: Plan, journal: list[Change]) -> None:
    longer = simulate(plan, plan.history_ends + 30 * HOUR)
    assert longer[: len(journal)] == journal
    assert len(longer) > len(journal)
    assert all(change.at > plan.history_ends for change in longer[len(journal) :])


def test_time_never_runs_backwards(journal: list[Change]) -> None:
    assert all(a.at <= b.at for a, b in pairwise(journal))


def test_every_table_has_rows_of_one_shape(state: State) -> None:
    for table in TABLES:
        assert state[table], f"{table} is empty"
        assert len({tuple(row) for row in state[table].values()}) == 1, table


def test_updates_touch_only_columns_that_inserts_fill(journal: list[Change]) -> None:
    columns = {c.table: set(c.row) for c in journal if c.operation == "insert"}
    for change in journal:
        assert set(change.row) <= columns[change.table], change.table


def test_rows_change_and_vanish_as_in_a_live_shop(journal: list[Change]) -> None:
    seen = Counter((change.table, change.operation) for change in journal)
    assert seen["b_sale_fuser", "delete"] > 10  # at login and by the nightly agent
    assert seen["b_sale_order", "delete"] > 0
    assert seen["entity", "delete"] > 0  # duplicate contacts merged away
    assert seen["b_sale_order", "update"] > seen["b_sale_order", "insert"]
    assert seen["bl_web_session", "update"] > 0
    assert seen["b_sender_posting_recipient", "update"] > 0


# -- the untidiness the warehouse has to cope with -----------------------------------------------


def test_the_world_is_as_untidy_as_promised(state: State) -> None:
    users = state["b_user"].values()
    orders = state["b_sale_order"].values()
    anonymous = next(u["id"] for u in users if u["external_auth_id"] == "saleanonymous")
    assert sum(order["user_id"] == anonymous for order in orders) > 5
    assert any(order["canceled"] == "Y" for order in orders)
    assert any(order["created_by"] != order["user_id"] for order in orders)
    assert any(payment["is_return"] == "Y" for payment in state["b_sale_order_payment"].values())
    emails = [user["email"] for user in users if user["email"]]
    assert any(email != email.strip().lower() for email in emails)
    assert any(user["last_activity_date"] == datetime(1, 1, 1) for user in users)
    values = [row["value"] for row in state["b_sale_order_props_value"].values()]
    assert any(str(value).startswith("info@") for value in values)
    urls = [row["landing_url"] for row in state["bl_web_session"].values()]
    assert any("utm_source=%D1" in url for url in urls)
    assert any("%25D" in url for url in urls)
    hidden = [
        row
        for row in state["bl_web_session"].values()
        if "utm_source=" in row["landing_url"] and row["utm_source"] is None
    ]
    assert hidden


def test_final_status_is_entered_twice_by_some_orders(state: State) -> None:
    finals = Counter(
        row["order_id"]
        for row in state["b_sale_order_change"].values()
        if row["type"] == "ORDER_STATUS_CHANGED" and '"STATUS_ID";s:1:"F"' in row["data"]
    )
    assert 2 in finals.values()
    assert 1 in finals.values()


def test_an_office_telephone_belongs_to_more_accounts_than_the_guard_allows(state: State) -> None:
    users: dict[str, set[int]] = defaultdict(set)
    for user in state["b_user"].values():
        digits = "".join(filter(str.isdigit, user["work_phone"] or ""))[-10:]
        users[digits].add(user["id"])
    del users[""]
    assert users
    assert all(len(ids) > 5 for ids in users.values())
    listed = {value for kind, value in state["person_identifier"] if kind == "PHONE"}
    assert not any(phone[-10:] in users for phone in listed)


def test_calls_are_whole_event_sequences(state: State) -> None:
    calls: dict[str, list[Row]] = defaultdict(list)
    for row in state["cel"].values():
        calls[row["linkedid"]].append(row)
    closed = {k: v for k, v in calls.items() if v[-1]["eventtype"] == "LINKEDID_END"}
    assert len(calls) - len(closed) <= 3  # only calls that go on at the horizon
    kinds: Counter[str] = Counter()
    for linkedid, rows in closed.items():
        events = Counter(row["eventtype"] for row in rows)
        assert rows[0]["eventtype"] == "CHAN_START"
        assert rows[0]["uniqueid"] == linkedid
        assert events["CHAN_START"] == events["CHAN_END"] == events["HANGUP"]
        assert events["BRIDGE_ENTER"] == events["BRIDGE_EXIT"]
        assert events["LINKEDID_END"] == 1
        assert [r["eventtime"] for r in rows] == sorted(r["eventtime"] for r in rows)
        inbound = rows[0]["context"] == "from-trunk"
        kinds["transfer"] += events["BLINDTRANSFER"]
        kinds["menu only"] += inbound and bool(events["ANSWER"]) and not events["BRIDGE_ENTER"]
        kinds["missed"] += inbound and not events["ANSWER"]
        kinds["answered"] += inbound and events["BRIDGE_ENTER"] == 2
        kinds["hidden"] += inbound and not rows[0]["cid_num"].strip("+").isdigit()
        kinds["internal"] += all(row["channame"].startswith("PJSIP/2") for row in rows)
        kinds["unmapped"] += rows[0]["exten"] == "74953330004"
        kinds["outgoing"] += not inbound and any(row["context"] == "from-trunk" for row in rows)
    wanted = {"transfer", "menu only", "missed", "answered"}
    wanted |= {"hidden", "internal", "unmapped", "outgoing"}
    assert wanted <= {kind for kind, count in kinds.items() if count}


def test_crm_notes_calls_within_seconds_of_the_exchange(state: State) -> None:
    starts = {int(row["linkedid"].split(".")[0]) for row in state["cel"].values()}
    noted = [
        datetime.fromisoformat(row["payload"]["START_TIME"]).timestamp()
        for row in state["entity"].values()
        if row["payload"].get("PROVIDER_ID") == "VOXIMPLANT_CALL"
    ]
    assert noted
    assert all(any(int(at) - s in starts for s in range(2, 9)) for at in noted)


def test_all_forms_of_a_number_keep_its_digits() -> None:
    person = make_person(Plan(1, 100, 10, 0), 5)
    for _ in range(200):
        typed = write_phone(person.rng, "+79161234567").split("доб")[0]
        assert "".join(filter(str.isdigit, typed))[-10:] == "9161234567"


# -- the ledger, checked by rules written independently of the simulation --------------------------


def _findings(state: State) -> set[tuple[str, str, str]]:
    """Everything inconsistent in the ledger, as (code, subject type, subject id)."""
    found: set[tuple[str, str, str]] = set()
    accounts, orders = state["bl_loyalty_account"], state["b_sale_order"]
    receipts = {key[0]: row for key, row in state["bl_pos_receipt"].items()}
    by_user = {row["user_id"]: row["id"] for row in accounts.values() if row["user_id"]}
    by_card = {row["card_number"] for row in accounts.values() if row["card_number"]}
    final = {
        row["order_id"]
        for row in state["b_sale_order_change"].values()
        if row["type"] == "ORDER_STATUS_CHANGED" and '"STATUS_ID";s:1:"F"' in row["data"]
    }
    ledger = sorted(
        state["bl_loyalty_transaction"].values(), key=lambda row: (row["created_at"], row["id"])
    )
    running: dict[int, Decimal] = defaultdict(Decimal)
    earned: set[int] = set()
    at_tills: set[int] = set()

    def report(code: str, kind: str, subject: Any) -> None:
        found.add((code, kind, str(subject)))

    for row in ledger:
        account, order = row["account_id"], row["order_id"]
        running[account] += row["amount"]
        if (account,) not in accounts:
            report("R17", "transaction", row["id"])
            continue
        if running[account] < 0:
            report("R02", "account", account)
        if row["source"] == "pos":
            at_tills.add(order)
            if order not in receipts:
                report("R14", "transaction", row["id"])
        elif row["type"] == "earn_online":
            price = orders[order,]["price"]
            due = (price * Decimal("0.05")).quantize(Decimal(1), ROUND_HALF_UP)
            if order in earned:
                report("R04", "transaction", row["id"])
            elif order not in final:
                report("R07", "transaction", row["id"])
            elif row["amount"] != due:
                report("R06", "transaction", row["id"])
            earned.add(order)
    for (account,), row in accounts.items():
        if row["balance"] != running[account]:
            report("R01", "account", account)
        if row["user_id"] is None and row["card_number"] is None:
            report("R17", "account", account)
    for order in final:
        if orders[order,]["user_id"] in by_user and order not in earned:
            report("R05", "order", order)
    for number, receipt in receipts.items():
        bonus = receipt["bonus_spent"] + receipt["bonus_earned"]
        if receipt["card_number"] in by_card and bonus and number not in at_tills:
            report("R13", "receipt", receipt["receipt_uid"])
    return found


def test_planted_faults_are_the_only_inconsistencies(state: State) -> None:
    assert _findings(state) == set(state["planted_fault"])


def test_every_code_is_planted(state: State) -> None:
    planted = Counter(code for code, _, _ in state["planted_fault"])
    assert set(planted) == set(CODES)
    assert max(planted.values()) == 3


def test_no_fault_is_planted_after_the_initial_history(plan: Plan) -> None:
    later = simulate(plan, plan.history_ends + 72 * HOUR)
    planted = [change.at for change in later if change.table == "planted_fault"]
    assert max(planted) < plan.history_ends - 72 * HOUR
    assert _findings(collapse(later)) == set(collapse(later)["planted_fault"])
