"""Ids of the tree, made from names: the same file has the same id on every machine, for ever.

Metabase wants 21 characters of `A-Za-z0-9_-`. No id begins with `-`, which a command line would
take for an option.
"""

import base64
import hashlib
import uuid

SPACE = uuid.UUID("6f1f2c0e-5a0c-5d3a-9b7e-0d1a7f6f2b11")


def entity_id(model: str, name: str) -> str:
    """Id of an entity: `model` as in `serdes/meta`, `name` the path of its file without `.yaml`."""
    digest = hashlib.sha256(f"{model}:{name}".encode()).digest()
    made = base64.urlsafe_b64encode(digest).decode()[:21]
    return "_" + made[1:] if made.startswith("-") else made


def parameter_id(name: str) -> str:
    """Id of a filter, the same on each dashboard, so that links carry its value."""
    return str(uuid.uuid5(SPACE, name))
