"""Firms in the CRM of the shop, as managers enter them: some twice, in another spelling.

Belongs here: companies of the portal and their requisites. Who works there is in `people.py`.
"""

from random import Random
from typing import Any

from omni_pipeline.sandbox import portal
from omni_pipeline.sandbox.engine import iso
from omni_pipeline.sandbox.people import office_phone, write_phone
from omni_pipeline.sandbox.staff import MANAGERS
from omni_pipeline.sandbox.state import World

FIRMS = 24
# By the place in the list: the same firm again, under another spelling and without or with its INN.
AGAIN = ((3, "Ромашка-{n}, ООО", False), (7, "РОМАШКА-{n}", True), (12, "ООО Ромашка {n}", True))


def open_firms(world: World) -> None:
    """The firms of the shop's buyers; the INN is that of the first firm where it is told."""
    firms = [(n, f"ООО «Ромашка-{n}»", True) for n in range(FIRMS)]
    firms += [(n, spelling.format(n=n), told) for n, spelling, told in AGAIN]
    now = iso(world.now)
    for number, (n, title, has_inn) in enumerate(firms, start=1):
        company: dict[str, Any] = {
            "ID": str(number),
            "TITLE": title,
            "COMPANY_TYPE": "CUSTOMER",
            "INDUSTRY": "OTHER",
            "ASSIGNED_BY_ID": str(MANAGERS[n % len(MANAGERS)].id),
            "DATE_CREATE": now,
            "DATE_MODIFY": now,
            "ORIGIN_ID": None,
            "ORIGINATOR_ID": None,
            "EMAIL": [portal.multi_field(world, "EMAIL", f"info@firma{n}.ru")],
        }
        if number <= FIRMS:
            written = write_phone(Random(f"{world.plan.seed}:firm:{n}"), office_phone(n))
            company["PHONE"] = [portal.multi_field(world, "PHONE", written)]
        portal.save(world, "company", number, company)
        if has_inn:
            requisite = {
                "ID": str(number),
                "ENTITY_TYPE_ID": "4",
                "ENTITY_ID": str(number),
                "RQ_INN": f"77{n:08d}",
                "RQ_KPP": "770101001",
                "DATE_CREATE": now,
                "DATE_MODIFY": "",
            }
            portal.save(world, "requisite", number, requisite)
