"""Makes the seed referrer_hosts from Matomo's list of search engines and social networks.

Belongs here: where the list comes from, which version, and how its lines become ours. Lines of our
own are in the seed source_categories and win over these. `make lists` reads the network, `make
lists FROM=<folder>` the files SearchEngines.yml and Socials.yml of a folder. To refresh it set
VERSION and DATE here and in the seed's description.

The list is in the public domain (CC0-1.0):
https://github.com/matomo-org/searchengine-and-social-list
"""

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from urllib.request import urlopen

import yaml

VERSION, DATE = "3.14.0", "2023-01-20"
LIST = f"https://raw.githubusercontent.com/matomo-org/searchengine-and-social-list/{VERSION}"
SEED = Path(__file__).resolve().parents[1] / "dbt_project" / "seeds" / "referrer_hosts.csv"

# Sites with a search of their own among much else, and pages of logging in: no search engines.
NOT_SEARCH = {
    "cnn.com",
    "charter.net",
    "optuszoo.com.au",
    "fastweb.it",
    "login.live.com",
    "url.google.com",
}
# "Google Images" is Google.
SERVICE = re.compile(
    r" (images?|videos?|news|blogsearch|custom search|scholar|maps|shopping|directory|product.*"
    r"|\(.*\)|search)$"
)


def hosts(urls: list[str]) -> Iterator[str]:
    """Hosts in our notation: no www., `{}` only as first or last label. A page is no host."""
    for url in urls:
        host = re.sub(r"^www\.", "", url.strip().lower())
        if "/" not in host and re.fullmatch(r"(\{\}\.)?[^{}]+(\.\{\})?", host):
            yield host


def lines(engines: dict[str, Any], networks: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    """Lines of the seed: name, category, source; of two for one name the first wins."""
    written = [
        ("social", name, host) for name, urls in networks.items() for host in hosts(urls)
    ] + [
        ("search", name, host)
        for name, definitions in engines.items()
        for definition in definitions
        for host in hosts(definition["urls"])
    ]
    found: dict[str, tuple[str, str, str]] = {}
    for category, name, host in written:
        source = unquote(str(name)).lower().rstrip("!")
        if category == "search":
            source = SERVICE.sub("", source)
        if host not in NOT_SEARCH:
            found.setdefault(host, (host, category, source))
    return [found[host] for host in sorted(found)]


def read(name: str, folder: str | None) -> Any:
    """One file of the list, from a folder or the network."""
    if folder:
        return yaml.safe_load((Path(folder) / name).read_text(encoding="utf-8"))
    with urlopen(f"{LIST}/{name}", timeout=30) as answer:  # noqa: S310
        return yaml.safe_load(answer.read())


def main(folder: str | None) -> None:
    made = lines(read("SearchEngines.yml", folder), read("Socials.yml", folder))
    with SEED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("name", "category", "source"))
        writer.writerows(made)
    sys.stdout.write(f"{SEED.name}: {len(made)} hosts of version {VERSION} ({DATE})\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
