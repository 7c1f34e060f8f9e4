"""Bronze table of the Asterisk channel event log."""

from omni_pipeline.bronze import Appended, BronzeTable

SOURCE = "cel"

REQUIRED = (("cel",),)

TABLES = (
    BronzeTable(
        SOURCE,
        "cel",
        "One row per channel event; a call is all rows of one `linkedid`.",
        {
            "id": "bigint",
            "eventtype": "text",
            "eventtime": "timestamp",
            "cid_name": "text",
            "cid_num": "text",
            "cid_ani": "text",
            "cid_rdnis": "text",
            "cid_dnid": "text",
            "exten": "text",
            "context": "text",
            "channame": "text",
            "appname": "text",
            "appdata": "text",
            "amaflags": "text",
            "accountcode": "text",
            "uniqueid": "text",
            "linkedid": "text",
            "peer": "text",
            "userdeftype": "text",
            "userfield": "text",
            "extra": "text",
        },
        key=("id",),
        forgets=True,
        happened="eventtime",
        cursor=Appended("id"),
        indexes=(("id",), ("linkedid",)),
        optional=frozenset(
            {
                "cid_name",
                "cid_ani",
                "cid_rdnis",
                "cid_dnid",
                "appname",
                "appdata",
                "amaflags",
                "accountcode",
                "peer",
                "userdeftype",
                "userfield",
                "extra",
            }
        ),
        # FreePBX and Issabel call the JSON column eventextra.
        aliases={"extra": ("eventextra",)},
    ),
)
