"""The dbt project as Dagster assets: one `dbt build` per run over one bound."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from omni_pipeline.attribution import store as datadriven
from omni_pipeline.dbt import tests as dbt_tests
from omni_pipeline.dbt.checks import TRANSLATOR, UNIQUE_ID, stand, told
from omni_pipeline.dbt.resource import PARSED, PROJECT, Dbt, start
from omni_pipeline.ops import set_bound
from omni_pipeline.settings import WAREHOUSE, current
from omni_pipeline.sources.catalog import ensure_all
from omni_pipeline.sources.registry import rendered_variables
from omni_pipeline.warehouse import partitions
from omni_pipeline.warehouse.comments import comment
from omni_pipeline.warehouse.follows import check_follows
from omni_pipeline.warehouse.follows import followers as followers_of_logs
from omni_pipeline.warehouse.leftovers import Cleared, clear_leftovers, made_by
from omni_pipeline.warehouse.progress import announced
from omni_pipeline.warehouse.project import FOLDER, LEAN
from omni_pipeline.warehouse.publication import (
    followed,
    forget_old_targets,
    forget_published,
    last_published,
    mark_published,
    publishing,
    trim_logs,
    views_stand,
)
from omni_pipeline.warehouse.resource import Warehouse, fixed
from omni_pipeline.warehouse.versions import (
    is_younger,
    project_versions,
    record_versions,
    rules_hash,
)

# The nightly job builds even when nothing moved.
BUILD_TAG, BUILD_THOROUGH = "omni/build", "thorough"
# Seeds and views change only with the project: while its hash stands, they stand. Not the views of
# the steps between, which go with the tables they read, made anew by every run.
DEPLOYED = (
    "resource_type:seed path:models/staging,config.materialized:view "
    "path:models/marts,config.materialized:view"
)
LASTING = ("staging", "marts")  # schemas of these views
MEASURING = ("attribution.model_comparison", "identity.health")  # steps that write no table
NAME, AUDIT = "dbt_models", "audit"  # the steps that start dbt


def prepare_manifest() -> None:
    """Parse the dbt project if its manifest is missing or older than a change of its files.

    Images are built with the manifest inside, so nothing is parsed when they start. Several
    processes may load the definitions at once: one parses, in a folder of its own, the others
    wait, and nobody ever reads half a file.
    """
    manifest = PROJECT.manifest_path
    manifest.parent.mkdir(exist_ok=True)
    with open(manifest.parent / "prepare.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_younger(manifest, FOLDER):
            return
        with tempfile.TemporaryDirectory(dir=manifest.parent) as parsed:
            start(["parse", "--quiet"], Path(parsed), {}, {}).wait()
            check_follows(json.loads((Path(parsed) / manifest.name).read_text()))
            for name in (PARSED, manifest.name):
                os.replace(Path(parsed) / name, manifest.parent / name)


def keep_parsed(run: Path) -> None:
    """Leave what dbt parsed in a run to the next one.

    For another connection than the last one dbt parses everything anew, 4 CPU seconds, and the
    manifest was prepared without any.
    """
    if (run / PARSED).exists():
        os.replace(run / PARSED, run.parent / PARSED)


prepare_manifest()


@dbt_assets(
    backfill_policy=dg.BackfillPolicy.single_run(),
    manifest=PROJECT.manifest_path,
    project=PROJECT,
    name=NAME,
    pool="dbt",
    dagster_dbt_translator=TRANSLATOR,
)
def _dbt_models(context: dg.AssetExecutionContext, dbt: Dbt, warehouse: Warehouse) -> Iterator[Any]:
    """Build all models on the bound of this run; start no dbt when nothing has moved.

    A run of chosen hours counts those again, with everything else it was asked to build.
    """
    partitions.routine_unless_chosen(context)
    again = partitions.chosen(context)
    rules = rules_hash(FOLDER, rendered_variables())
    thorough = context.run.tags.get(BUILD_TAG) == BUILD_THOROUGH
    # Not `is_subset`, which is also true when only a check is left out, and not the context's own
    # definition, which a run of some assets has cut down to these.
    whole = context.selected_asset_keys >= dbt_models.keys
    with warehouse.connect(context.run.run_id) as connection:
        ensure_all(connection)
        with publishing(connection) as up_to_seq:
            published = last_published(connection)
            deployed = published is not None and published[1] == rules
            # A table that somebody dropped took views along.
            deployed = deployed and views_stand(connection, lasting_views())
            if again and not whole and not deployed:
                raise dg.Failure("the project changed since the last complete run: run it first")
            if again:
                partitions.request(connection, again)
            asked = thorough or partitions.requested(connection)
            # Steps after dbt are skipped with it: it is started for one that a kill cut off, too.
            complete = followed(connection, published, followers())
            complete = complete and views_stand(connection, [datadriven.TABLE])
            complete = complete and deployed and views_stand(connection, made_tables())
            if whole and not asked and complete and published == (up_to_seq, rules):
                context.log.info(f"nothing new since _seq {up_to_seq}: dbt is not started")
                stand(context)
                return
            tells = not again and partitions.STATISTICS in context.selected_asset_keys
            set_bound(connection, up_to_seq)
            forget_old_targets(PROJECT.manifest_path.parent, f"{NAME}-*")
            forget_old_targets(PROJECT.manifest_path.parent, f"{AUDIT}-*")
            if not deployed:
                forget_published(connection)
                prepare_manifest()  # the project may be younger than this process
                record_versions(
                    connection,
                    project_versions(FOLDER, PROJECT.manifest_path, rendered_variables()),
                )
            kept = whole and deployed and not thorough
            context.log.info(announced(PROJECT.manifest_path, context.selected_asset_keys, kept))
            command = ["build", *LEAN, "--exclude-resource-type", "unit_test"]
            running = dbt.start(context, command + selection(context, whole, thorough, deployed))
            yield from told(context, running, dbt_models)
            keep_parsed(running.target_path)
            if tells:
                partitions.tell_counted(context, connection)
            manifest = json.loads(PROJECT.manifest_path.read_text())
            if written := comment(connection, manifest):
                context.log.info(f"comments written on published tables and columns: {written}")
            if whole:
                mark_published(connection, up_to_seq, rules)
                trim_logs(connection, followers_of_logs(manifest))
                _tell_cleared(context, clear_leftovers(connection, made_by(manifest)))


dbt_models = _dbt_models.map_asset_specs(
    lambda spec: (
        spec.replace_attributes(partitions_def=partitions.HOURS)
        if spec.key == partitions.STATISTICS
        else spec
    )
)


def _tell_cleared(context: dg.AssetExecutionContext, cleared: Cleared) -> None:
    """In the run's log: the tables of earlier releases that went, and those that could not."""
    if cleared.gone:
        context.log.info(f"no model makes these any more, they are gone: {', '.join(cleared.gone)}")
    if cleared.read:
        stay = ", ".join(cleared.read)
        context.log.warning(f"no model makes these any more, but somebody reads them: {stay}")


def followers() -> dict[str, str]:
    """Steps of the same jobs that stand on dbt's models, with digests of what makes their rows."""
    return {datadriven.TABLE: datadriven.code_digest(), **dict.fromkeys(MEASURING, "")}


def made_tables() -> list[str]:
    """All that dbt makes, as schema.name, but for change logs, which only followed tables have."""
    made = made_by(json.loads(PROJECT.manifest_path.read_text()))
    return [name for name in made if not name.endswith("__changes")]


def lasting_views() -> list[str]:
    """Views, as schema.name, that stand from one deployment to the next."""
    return [
        f"{node['schema']}.{node['alias']}"
        for node in json.loads(PROJECT.manifest_path.read_text())["nodes"].values()
        if node["config"].get("materialized") == "view" and node["schema"] in LASTING
    ]


def selection(
    context: dg.AssetExecutionContext, whole: bool, thorough: bool, deployed: bool
) -> list[str]:
    """What dbt builds and tests in this run, as its arguments.

    dagster-dbt would name every model, and copy the project to have room for the names.
    """
    manifest = json.loads(PROJECT.manifest_path.read_text())
    assets, checks = context.selected_asset_keys, context.selected_asset_check_keys
    if whole and thorough:
        areas = " ".join(f"config.meta.audit:{area}" for area in dbt_tests.audits(manifest))
        return ["--exclude", areas]
    if whole:
        chosen = ["resource_type:model resource_type:seed config.meta.cadence:hourly"]
    else:
        nodes = [
            *(s.metadata[UNIQUE_ID] for s in dbt_models.specs if s.key in assets),
            *(c.metadata[UNIQUE_ID] for c in dbt_models.check_specs if c.key in checks),
        ]
        chosen = [".".join(manifest["nodes"][node]["fqn"]) for node in nodes]
    left_out = ["--exclude", DEPLOYED] if whole and deployed else []
    return ["--indirect-selection", "empty", "--select", " ".join(chosen), *left_out]


def _bookkeeping() -> list[dg.AssetSpec]:
    """What models read of the schema ops, which the runs themselves write."""
    sources = json.loads(PROJECT.manifest_path.read_text())["sources"].values()
    read = {dep.asset_key for spec in dbt_models.specs for dep in spec.deps}
    return [
        dg.AssetSpec(
            key,
            group_name="bookkeeping",
            kinds={"table", "postgres"},
            owners=["team:data-engineering"],
            description=source["description"],
        )
        for source in sources
        if source["schema"] == "ops" and (key := dg.AssetKey(["ops", source["name"]])) in read
    ]


defs = dg.Definitions(
    assets=[dbt_models, *_bookkeeping()],
    resources={
        "warehouse": fixed(lambda: Warehouse(url=current().required(WAREHOUSE))),
        "dbt": fixed(lambda: Dbt(url=current().required(WAREHOUSE))),
    },
)
