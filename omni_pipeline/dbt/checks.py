"""Which dbt tests are Dagster checks, and how results of dbt become events of a run."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation, DbtProject
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from omni_pipeline.dbt import tests as dbt_tests

UNIQUE_ID = "dagster_dbt/unique_id"  # where dagster-dbt notes the dbt node of an asset or check


class Translator(DagsterDbtTranslator):
    """Of the dbt tests only the guards are checks, each with what its file says of it.

    Every check is then evaluated by every run that builds its table, and none is grey.
    """

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        guard = dbt_tests.guards(manifest).get(unique_id)
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if guard is None or spec is None:
            return None
        return dg.AssetCheckSpec(
            spec.name,
            asset=spec.asset_key,
            description=dbt_tests.about(guard),
            additional_deps=spec.additional_deps,
            blocking=spec.blocking,
            metadata=spec.metadata,
        )


TRANSLATOR = Translator()


def told(
    context: dg.AssetExecutionContext, running: DbtCliInvocation, models: dg.AssetsDefinition
) -> Iterator[Any]:
    """Materializations and checks as dbt reports them; tests that failed are the run's failure."""
    checks = {
        spec.metadata[UNIQUE_ID]
        for spec in models.check_specs
        if spec.key in context.selected_asset_check_keys
    }
    failures = []
    try:
        for event in running.stream_raw_events():
            result = dbt_tests.result(event.raw_event)
            if result and result.failed:
                failures.append(result)
            if result and result.unique_id not in checks:
                continue
            yield from event.to_default_asset_events(
                running.manifest, TRANSLATOR, context, running.target_path
            )
    except DagsterDbtCliRuntimeError:
        if failures:
            raise dg.Failure(dbt_tests.sentence(failures)) from None
        raise


def stand(context: dg.AssetExecutionContext) -> None:
    """Tell the last result of each check of this job once more: nothing moved, so they stand.

    A check that a run announces and does not evaluate would turn grey.
    """
    keys = context.job_def.asset_layer.asset_graph.asset_check_keys
    known = context.instance.event_log_storage.get_asset_check_summary_records(list(keys))
    for record in known.values():
        last, newest = (
            record.last_completed_check_execution_record,
            record.last_check_execution_record,
        )
        if last and newest and last.id != newest.id and last.evaluation:
            context.log_event(last.evaluation)
