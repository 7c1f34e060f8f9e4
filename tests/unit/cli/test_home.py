"""`--delete-data` takes what omni made, keeps what it did not, and leads nowhere else."""

from pathlib import Path

from omni_pipeline.command.cli.home import delete_data

MADE = (
    "postgres-18/PG_VERSION",
    "postgres-18/base/1/1259",
    "postgres-18/pg_wal/000000010000000000000001",
    "postgres-18/postgresql.conf",
    "postgres-18/postgresql.auto.conf",
    "postgres-18/postmaster.opts",
    "postgres-18/server.log",
    "postgres-18.making/PG_VERSION",
    "postgres-17/PG_VERSION",
    "postgres.lock",
    "postgres.password",
    "postgres.password.4711.new",
    "postgres.port",
    "database",
    "run.lock",
    "dev.pid",
    "logs/run-0a1b2c3d.log",
    "logs/sandbox.log",
    "dagster/dagster.yaml",
    "dagster/storage/0b9605ad-bf87-4f60-9b76-e65e0084f894/compute_logs/step.out",
    "dagster/dagster.yaml.4711.new",
    "analyst.password",
)
FOREIGN = (
    "thesis.odt",
    "logs/access.log",
    "logs/run-of-the-mill.log",
    "logs/run-backup01.log",
    "dagster/my_project/definitions.py",
    "dagster/storage/mine.txt",
    "dagster/logs/mine.txt",
    "postgres-18/backup.sql",
    "postgres-18/pg_dump.sql",
    "postgres.password.copy",
    "database.sqlite",
    "postgres-notes/why.txt",
    ".bashrc",
)


def fill(home: Path, names: tuple[str, ...]) -> None:
    for name in names:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir()}


def test_all_that_was_made_goes_and_the_home_with_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    fill(home, MADE)
    assert delete_data(home) == []
    assert not home.exists()


def test_what_is_not_ours_stays_and_is_named(tmp_path: Path) -> None:
    fill(tmp_path, MADE + FOREIGN)
    left = delete_data(tmp_path)
    assert files(tmp_path) == set(FOREIGN)
    assert [path.name for path in left] == sorted({name.split("/")[0] for name in FOREIGN})


def test_links_lead_nowhere(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    fill(elsewhere, MADE)
    home.mkdir()
    for name in ("postgres-18", "logs", "dagster", "postgres.password"):
        (home / name).symlink_to(elsewhere / name)
    fill(home, ("postgres-17/PG_VERSION",))
    (home / "postgres-17" / "pg_tblspc").symlink_to(elsewhere)
    left = delete_data(home)
    assert {path for path in left if path.parent == elsewhere} == {
        elsewhere / name for name in ("postgres-18", "logs", "dagster")
    }
    assert files(elsewhere) == set(MADE)
    assert not home.exists()
