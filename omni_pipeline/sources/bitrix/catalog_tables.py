"""Bronze tables of what is sold and where to: catalogue, purchase prices, places of delivery."""

from omni_pipeline.bronze import Appended, BronzeTable, Modified, Snapshot
from omni_pipeline.sources.bitrix.sale_tables import NEW_IDS, SOURCE

CATALOG_TABLES = (
    BronzeTable(
        SOURCE,
        "b_iblock_section",
        "One row per section of a catalogue (or of any other block of content), with its parent.",
        {
            "id": "bigint",
            "iblock_id": "bigint",
            "iblock_section_id": "bigint",
            "name": "text",
            "code": "text",
            "active": "text",
        },
        key=("id",),
        cursor=Snapshot(),
        indexes=(("iblock_id",),),
    ),
    BronzeTable(
        SOURCE,
        "b_iblock_element",
        "One row per product or offer (and any other content), with the section it stands in.",
        {
            "id": "bigint",
            "timestamp_x": "timestamp",
            "iblock_id": "bigint",
            "iblock_section_id": "bigint",
            "name": "text",
            "code": "text",
            "xml_id": "text",
            "active": "text",
        },
        key=("id",),
        cursor=Modified(("timestamp_x",), ids=NEW_IDS),
        indexes=(("id",), ("xml_id",), ("iblock_section_id",)),
    ),
    # TIMESTAMP_X moves with every sale (the stock does): read whole, a version is another price.
    BronzeTable(
        SOURCE,
        "b_catalog_product",
        "One row per product or offer of the module `catalog`: what it is bought for.",
        {"id": "bigint", "purchasing_price": "numeric", "purchasing_currency": "text"},
        key=("id",),
        cursor=Snapshot(),
        indexes=(("id",),),
    ),
    BronzeTable(
        SOURCE,
        "bl_product_cost",
        "One row per product and first day of a cost; published contract of this project.",
        {
            "id": "bigint",
            "product_id": "bigint",
            "valid_from": "date",
            "cost": "numeric",
            "currency": "text",
        },
        key=("id",),
        cursor=Snapshot(),
        indexes=(("product_id",),),
    ),
    # 170,000 rows in a full import, which have no clock and hardly change: the night compares them.
    BronzeTable(
        SOURCE,
        "b_sale_location",
        "One row per place the shop delivers to, from country to street, with the place it is in.",
        {
            "id": "bigint",
            "code": "text",
            "parent_id": "bigint",
            "region_id": "bigint",
            "city_id": "bigint",
        },
        key=("id",),
        cursor=Appended("id"),
        optional=frozenset({"region_id", "city_id"}),
        indexes=(("id",), ("code",)),
    ),
    BronzeTable(
        SOURCE,
        "b_sale_location_name",
        "One row per place and language: its name.",
        {
            "id": "bigint",
            "location_id": "bigint",
            "language_id": "text",
            "name": "text",
        },
        key=("id",),
        cursor=Appended("id"),
        indexes=(("location_id",),),
    ),
)
