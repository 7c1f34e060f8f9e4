"""The numbers of identity/health: zeros on an empty warehouse, and what each of them counts."""

import dagster as dg

from omni_pipeline.identity.assets import FEW_SUSPECTS, KEY, NO_GIANT, UUIDS_RESOLVE, health
from omni_pipeline.identity.health import (
    measure,
    no_giant,
    suspects_are_few,
    unresolved_uuids,
)
from omni_pipeline.warehouse.resource import Warehouse as Connections
from tests.explained_shop import Warehouse, fill

MORE = """
    alter table marts.bl_customer_profile add identifier_count bigint, add fuser_count bigint;
    update marts.bl_customer_profile set identifier_count = 4, fuser_count = 1;
    create table intermediate.int_identity__guards as
        select node_id, 7::bigint as crossed_seq from intermediate.int_identity__nodes
        where id_value = '+74957801100';
    create table marts.customer_uuid_history as
        select batch_seq, node_id, birth_uuid as old_uuid, null::uuid as new_uuid, cause
        from intermediate.int_identity__nodes
        cross join (values (5, 'merge'), (8, 'split')) as change (batch_seq, cause)
        where id_value in ('12', '+74957801100');
    update marts.customer_uuid_history set new_uuid = old_uuid where cause = 'split';
"""


def test_an_empty_warehouse_measures_zero(warehouse: Warehouse) -> None:
    numbers = measure(warehouse, 0)
    assert {"nodes", "edges", "merges", "splits", "newly_shared", "suspects"} < set(numbers)
    assert set(numbers.values()) == {0}
    assert unresolved_uuids(warehouse, 0) == 0
    assert suspects_are_few(numbers)


def test_what_the_numbers_count(warehouse: Warehouse) -> None:
    fill(warehouse)
    warehouse.execute(MORE)
    numbers = measure(warehouse, 0)
    assert (numbers["nodes"], numbers["edges"], numbers["profiles"]) == (8, 2, 2)
    assert (numbers["merges"], numbers["splits"], numbers["newly_shared"]) == (2, 2, 1)
    assert (numbers["shared"], numbers["largest_component"]) == (1, 4)
    assert (numbers["most_besides_cookies"], numbers["identifiers"]) == (3, 8)
    later = measure(warehouse, 7)
    assert (later["merges"], later["splits"], later["newly_shared"]) == (0, 2, 0)
    assert later["nodes"] == 8


def test_a_uuid_that_leads_nowhere_is_found(warehouse: Warehouse) -> None:
    fill(warehouse)
    warehouse.execute(MORE)
    assert unresolved_uuids(warehouse, 0) == 0, "the office is shared and has no heir"
    warehouse.execute("delete from marts.bl_customer_alias where alias_uuid = customer_uuid")
    assert unresolved_uuids(warehouse, 0) == 1
    assert unresolved_uuids(warehouse, 8) == 0, "only what changed since the last look"


def test_suspects_are_judged_by_their_share() -> None:
    assert suspects_are_few({"profiles": 99, "suspects": 50})
    assert suspects_are_few({"profiles": 1_000, "suspects": 10})
    assert not suspects_are_few({"profiles": 1_000, "suspects": 11})


def test_a_single_giant_is_one_too_many() -> None:
    """Any of its limits is enough, whatever the share of suspects."""
    fine = {"largest_component": 90, "most_besides_cookies": 50, "identifiers": 500}
    assert no_giant(fine)
    assert not no_giant(fine | {"most_besides_cookies": 51})
    assert not no_giant(fine | {"largest_component": 100})
    assert no_giant(fine | {"largest_component": 1_000, "identifiers": 100_000})
    assert not no_giant(fine | {"largest_component": 1_001, "identifiers": 1_000_000})
    assert no_giant(fine | {"largest_component": 0, "identifiers": 0})


def test_the_asset_measures_since_its_last_run(warehouse: Warehouse, warehouse_url: str) -> None:
    fill(warehouse)
    warehouse.execute(MORE)
    warehouse.execute("update ops.bound set up_to_seq = 7")
    with dg.DagsterInstance.ephemeral() as instance:
        resources = {"warehouse": Connections(url=warehouse_url)}
        merges = []
        for _ in range(2):
            result = dg.materialize([health], instance=instance, resources=resources)
            (event,) = result.get_asset_materialization_events()
            metadata = event.materialization.metadata
            merges.append(metadata["merges"].value)
            assert metadata["up_to_seq"].value == 7
            checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
            assert set(checks) == {FEW_SUSPECTS, NO_GIANT, UUIDS_RESOLVE}
            assert all(check.passed for check in checks.values())
        assert merges == [2, 0]
        assert event.asset_key == KEY
