"""Sources as Dagster resources, which assets and sensors share; settings are read when one asks."""

import dagster as dg

from omni_pipeline.bronze.endpoint import DatabaseEndpoint
from omni_pipeline.bronze.ingest import ApiClient
from omni_pipeline.database import SourceDatabase
from omni_pipeline.errors import SourceError
from omni_pipeline.settings import current
from omni_pipeline.warehouse.resource import fixed


class SourceDatabaseResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """A source database; `variable` is the setting that errors name."""

    url: str
    variable: str
    timezone: str = "UTC"

    def database(self) -> SourceDatabase:
        """The database; raises SourceError when it is not configured."""
        if not self.url:
            raise SourceError(self.variable, "is not set")
        return SourceDatabase(self.url, self.variable, self.timezone)


def database_resource(endpoint: DatabaseEndpoint) -> dg.ResourceDefinition:
    """The database of an endpoint, which may be unset."""
    return fixed(
        lambda: SourceDatabaseResource(
            url=current().get(endpoint.variable),
            variable=endpoint.variable,
            timezone=endpoint.timezone,
        )
    )


class ApiResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """An HTTP API; subclasses hold its settings and open the client."""

    def client(self) -> ApiClient:
        raise NotImplementedError(f"{type(self).__name__}.client")

    def readable(self) -> dict[str, str | None]:
        """Of each table None, '' for no rows, or an error; empty where the API does not tell."""
        return {}
