"""The Dagster graph as plain data, printed as JSON: what the tests of the definitions look at.

Run as a program in a process of its own, because importing the definitions reads the environment.
"""

import json
from typing import Any


def describe() -> dict[str, Any]:
    """Assets, jobs, schedules and sensors of the code location."""
    from omni_pipeline.definitions import defs
    from omni_pipeline.warehouse.resource import EXECUTOR

    graph = defs.resolve_asset_graph()
    repository = defs.get_repository_def()
    names = [job.name for job in repository.get_all_jobs() if not job.name.startswith("__")]
    selected = {
        name: {
            key.to_user_string()
            for key in defs.resolve_job_def(name).asset_layer.selected_asset_keys
        }
        for name in names
    }
    return {
        "assets": {
            key.to_user_string(): _asset(graph.get(key), graph)
            for key in sorted(graph.materializable_asset_keys, key=lambda key: list(key.path))
        },
        "external": sorted(
            key.to_user_string()
            for key in graph.get_all_asset_keys() - graph.materializable_asset_keys
        ),
        "external_groups": sorted(
            {
                graph.get(key).group_name
                for key in graph.get_all_asset_keys() - graph.materializable_asset_keys
            }
        ),
        "jobs": {
            name: {
                "assets": sorted(keys),
                "checks": sorted(
                    key.name
                    for data in defs.resolve_job_def(name).asset_layer.data
                    for key in data.assets_def.check_keys
                ),
                "in_process": defs.resolve_job_def(name).executor_def is EXECUTOR,
            }
            for name, keys in sorted(selected.items())
        },
        "schedules": {
            schedule.name: {
                "cron": schedule.cron_schedule,
                "job": schedule.job_name,
                "zone": schedule.execution_timezone,
                "running": schedule.default_status.name == "RUNNING",
            }
            for schedule in repository.schedule_defs
        },
        "sensors": {
            sensor.name: {
                "job": sensor.job_name,
                "running": sensor.default_status.name == "RUNNING",
            }
            for sensor in repository.sensor_defs
        },
    }


def _asset(node: Any, graph: Any) -> dict[str, Any]:
    definition = node.assets_def
    return {
        "group": node.group_name,
        "deps": sorted(key.to_user_string() for key in node.parent_keys),
        "description": node.description or "",
        "kinds": sorted(node.kinds),
        "owners": sorted(node.owners),
        "pools": sorted(node.pools or ()),
        "step": definition.op.name,
        "retries": definition.op.retry_policy.max_retries if definition.op.retry_policy else 0,
        "freshness": node.freshness_policy is not None,
        "checks": {
            key.name: graph.assets_def_for_key(key).get_spec_for_check_key(key).description or ""
            for key in sorted(graph.get_check_keys_for_assets({node.key}), key=lambda key: key.name)
        },
        "blocking": sorted(
            key.name
            for key in graph.get_check_keys_for_assets({node.key})
            if graph.get(key).blocking
        ),
    }


if __name__ == "__main__":
    print(json.dumps(describe()))
