"""`python -m omni_pipeline.postgres start|stop|url [database]` on the default home."""

import sys

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.postgres import WAREHOUSE, EmbeddedPostgres, default_home


def main() -> None:
    """One verb, by default `url`."""
    server = EmbeddedPostgres(default_home())
    verb = sys.argv[1] if len(sys.argv) > 1 else "url"
    database = sys.argv[2] if len(sys.argv) > 2 else WAREHOUSE
    try:
        if verb == "stop":
            print("stopped" if server.stop() else "not running")
            return
        if verb == "start":
            server.start()
        print(server.ensure_database(database) if verb == "start" else server.url(database))
    except ConfigurationError as error:
        sys.exit(f"omni: {error}")


if __name__ == "__main__":
    main()
