"""`python -m omni_pipeline.postgres start|stop|url [database]` on the default home."""

import sys

import psycopg

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.postgres import DATABASE, EmbeddedPostgres, default_home
from omni_pipeline.redaction import in_words


def main() -> None:
    """One verb, by default `url`, which is for BI tools: it only reads what is published."""
    from omni_pipeline.postgres import roles  # knows what a warehouse is; this package does not

    server = EmbeddedPostgres(default_home())
    verb = sys.argv[1] if len(sys.argv) > 1 else "url"
    database = sys.argv[2] if len(sys.argv) > 2 else DATABASE
    try:
        if verb == "stop":
            print("stopped" if server.stop() else "not running")
            return
        if verb == "start":
            server.start()
            print(server.ensure_database(database))
        else:
            print(roles.reader_url(server.home, server.url(database), roles.ANALYST))
    except ConfigurationError as error:
        sys.exit(f"omni: {error}")
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            sys.exit(f"omni: {in_words(error)}")
        sys.exit(f"omni: the server has no database {database}; `omni run` or `omni demo` makes it")


if __name__ == "__main__":
    main()
