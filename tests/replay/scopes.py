"""Which tables must equal their rebuild, by key, and what dbt selects to make them."""

from dataclasses import dataclass

import psycopg

from omni_pipeline.attribution import store as datadriven
from tests.conftest import REPOSITORY
from tests.replay.compare import Published


@dataclass(frozen=True)
class Scope:
    """Models under replay: what dbt selects, and the tables that must equal a rebuild."""

    select: tuple[str, ...]
    tables: tuple[Published, ...]


STAGING = REPOSITORY / "dbt_project" / "models" / "staging"
TOUCHES = sorted(STAGING.glob("*/stg_*__touches.sql"))  # of each source

# In the order of the models: the first difference is nearest to its cause.
IDENTITY = (
    Published(
        "intermediate.int_identity__observations",
        ("_seq", "rule", "a_type", "a_value", "b_type", "b_value", "order_id"),
    ),
    Published("intermediate.int_identity__nodes", ("node_id",)),
    Published(
        "intermediate.int_identity__withdrawn",
        ("order_id", "observed_seq", "rule", "a_type", "a_value", "b_type", "b_value"),
    ),
    Published("intermediate.int_identity__edges", ("a_id", "b_id")),
    Published("intermediate.int_identity__people", ("node_id", "other_id", "person")),
    Published("intermediate.int_identity__blocked", ("node_id",)),
    Published("intermediate.int_identity__holders", ("hub_id", "neighbour_id")),
    # The log of its changes: a run that ended has emptied it.
    Published("intermediate.int_identity__holders__changes", ("change_no",)),
    Published("intermediate.int_identity__guards", ("node_id",)),
    Published("intermediate.int_identity__components", ("node_id",)),
    Published("intermediate.int_identity__merges", ("loser_id",)),
    Published("marts.customer_identifier", ("id_type", "id_value")),
    Published("marts.shared_identifier", ("id_type", "id_value")),
    Published("intermediate.int_identity__guard_neighbours", ("node_id", "neighbour_id")),
    Published("intermediate.int_identity__heirs", ("id_type", "id_value")),
    Published("marts.bl_customer_alias", ("alias_uuid",)),
    Published("intermediate.int_identity__displayed", ("customer_uuid",)),
    Published("marts.bl_customer_profile", ("customer_uuid",)),
    Published("marts.customer_merge_log", ("loser_uuid",)),
)

JOURNEYS = (
    Published("intermediate.int_attribution__journeys", ("journey_id",)),
    Published("intermediate.int_attribution__months", ("local_month", "brand")),
    # The log of changes: a run that ended has emptied it.
    Published("intermediate.int_attribution__journeys__changes", ("change_no",)),
)
# What Python computes from these; a month that has not changed keeps the arrival it is of.
DATADRIVEN = Published(datadriven.TABLE, datadriven.KEY, ignore=("up_to_seq",))
_LETTER = ("origin", "origin_id", "origin_text")
_COHORT = ("cohort_month", "first_channel", "brand", "months_since")
CUSTOMERS = (
    Published("marts.b_sale_order", ("id",)),
    Published("intermediate.int_customers__value", ("customer_uuid",)),
    Published("marts.customer_value", ("customer_uuid",)),
    Published("intermediate.int_customers__purchase_months", ("customer_uuid", "months_since")),
    # The log of its changes: a run that ended has emptied it.
    Published("intermediate.int_customers__purchase_months__changes", ("change_no",)),
    Published("intermediate.int_customers__cohort_sums", _COHORT),
    Published("marts.cohort_monthly", _COHORT),
    Published("intermediate.int_customers__consent_signs", _LETTER),
    Published("intermediate.int_customers__consent", ("customer_uuid",)),
    Published("intermediate.int_customers__activity", ("customer_uuid",)),
    Published("intermediate.int_customers__carts", ("fuser_id",)),
    Published("marts.audience_member", ("audience_id", "customer_uuid")),
    Published(
        "intermediate.int_customers__letters", (*_LETTER, "provider", "campaign_id", "address")
    ),
    # The log of its changes: a run that ended has emptied it.
    Published("intermediate.int_customers__letters__changes", ("change_no",)),
    Published("intermediate.int_customers__campaign_sums", ("origin", "provider", "campaign_id")),
    Published("intermediate.int_customers__letter_credits", ("conversion_id",)),
    Published("marts.email_campaign", ("provider", "campaign_id")),
)
_CELL = ("hour_utc", "brand", "region", "channel", "source", "campaign")
_SHOWN = (*_CELL[1:], "model_id", "basis")
_PERFORMANCE = tuple(name for name in _SHOWN if name != "region")
JOURNEY = (
    *(Published(f"staging.{path.stem}", ("touch_id",)) for path in TOUCHES),
    Published("marts.fct_touch", ("touch_id",)),
    Published("intermediate.int_journey__orders", ("order_id",)),
    Published("intermediate.int_journey__order_deals", ("deal_id",)),
    Published("intermediate.int_journey__till_receipts", ("receipt_id",)),
    Published("intermediate.int_journey__places", ("location_id",)),
    Published("intermediate.int_journey__order_places", ("order_id",)),
    Published("intermediate.int_journey__order_regions", ("order_id",)),
    Published("intermediate.int_journey__crm_regions", ("record_type", "record_id")),
    Published("intermediate.int_journey__conversions", ("kind", "source_id")),
    Published("intermediate.int_journey__conversion_customers", ("conversion_id",)),
    Published("intermediate.int_journey__purchases", ("conversion_id",)),
    Published("intermediate.int_journey__customer_regions", ("customer_uuid",)),
    Published("intermediate.int_products__sections", ("section_id",)),
    Published("intermediate.int_products__products", ("product_id",)),
    Published("intermediate.int_products__order_items", ("item_id",)),
    Published("marts.fct_conversion", ("conversion_id",)),
    Published("marts.order_item", ("item_id",)),
    Published("marts.deal_item", ("item_id",)),
    Published("marts.product_daily", ("local_date", "brand", "product")),
    Published("marts.pnl_monthly", ("local_month", "brand", "channel", "model_id")),
    Published("marts.conversion_quarantine", ("conversion_id",)),
    Published("marts.fct_attribution", ("conversion_id", "model_id", "position")),
    Published("marts.fct_attribution_daily", ("local_date", *_SHOWN)),
    Published("intermediate.int_attribution__steps", ("conversion_id", "variant")),
    # The log of its changes: a run that ended has emptied it.
    Published("intermediate.int_attribution__steps__changes", ("change_no",)),
    Published("intermediate.int_journey__conversion_events", ("conversion_id",)),
    Published("intermediate.int_journey__firsts", ("customer_uuid",)),
    Published("intermediate.int_ads__spend", ("cost_id",)),
    Published("intermediate.int_ads__spend_hours", ("cost_id", "hour_utc")),
    Published("marts.spend_quarantine", ("cost_id",)),
    Published("marts.bl_omni_stats", _CELL),
    Published("marts.bl_omni_stats_local", _CELL),
    Published(
        "intermediate.int_journey__customer_orders",
        ("owner", "local_month", "brand"),
    ),
    Published(
        "intermediate.int_journey__order_months",
        ("local_month", "brand", "first_channel", "first_source"),
    ),
    Published("intermediate.int_journey__customer_orders__changes", ("change_no",)),
    Published("marts.orders_by_first_channel", ("local_month", "brand", "first_channel")),
    Published("marts.orders_by_first_source", ("local_month", "brand", "first_source")),
    *(
        Published(f"intermediate.int_sales__{name}", ("kind", "source_id"))
        for name in ("requests", "customers", "channels", "work")
    ),
    Published("intermediate.int_sales__stays", ("deal_id", "stay_no")),
    Published("intermediate.int_sales__calls", ("touch_id",)),
    Published("intermediate.int_sales__called_conversions", ("conversion_id",)),
    # What depends on the present is left out; it is worked out of tables that are compared.
    Published("marts.deal", ("deal_id",), ignore=("days_open", "days_stalled")),
    Published("marts.lead", ("lead_id",), ignore=("days_open",)),
    Published("marts.deal_stage_event", ("deal_id", "stay_no")),
    Published(
        "marts.funnel_monthly",
        ("local_month", "category_id", "stage_id", "manager_id", "channel"),
        ignore=("median_seconds", "p90_seconds"),
    ),
    Published(
        "marts.lost_reasons",
        ("local_month", "category_id", "from_stage_id", "reason", "manager_id", "channel"),
    ),
    Published("marts.manager_daily", ("local_date", "manager_id")),
    Published("marts.calls_by_number", ("local_month", "number")),
    Published("intermediate.int_quality__onec_documents", ("onec_number", "year")),
    Published("marts.order_mismatch", ("mismatch_id",)),
    Published("intermediate.int_quality__crm_marks", ("record_type", "record_id", "mark", "value")),
    Published("marts.possible_duplicate", ("pair_id",)),
    Published(
        "intermediate.int_quality__written", ("arrived_on", "source", "source_table", "id_type")
    ),
    Published("marts.data_quality_daily", ("local_date", "check_id", "source")),
    Published("marts.local_day", ("local_date",)),
    Published("marts.channel_performance_daily", ("local_date", *_PERFORMANCE)),
    Published("marts.channel_performance_monthly", ("local_month", *_PERFORMANCE)),
    *CUSTOMERS,
    Published("marts.data_as_of", ("up_to_seq",), ignore=("set_at", "as_of", "published_at")),
)
# Profiles show what the journey found, so they come after it.
PROFILES = ("marts.bl_customer_profile",)
EVERYTHING = (
    *(table for table in IDENTITY if table.name not in PROFILES),
    *JOURNEY,
    *JOURNEYS,
    DATADRIVEN,
    *(table for table in IDENTITY if table.name in PROFILES),
)
NOT_COMPARED = {
    # A log of the runs themselves: a rebuild knows only the last state.
    "marts.customer_uuid_history",
    # A view that explains each conversion anew from tables that are compared.
    "marts.order_path",
    # Views of what makes compared tables; tests/integration/journey/test_figures.py adds them up.
    "marts.bl_omni_stats_facts",
    "marts.channel_performance_costs",
    # Views that show seeds and a compared table as they are.
    "marts.attribution_model",
    "marts.channel_rule",
    "marts.conversion_identifier",
}

IDENTITY_SCOPE = Scope(("+path:models/identity", "+bl_customer_profile"), IDENTITY)

JOURNEY_SCOPE = Scope(("path:models", "resource_type:seed"), EVERYTHING)


def forgotten(url: str, tables: tuple[Published, ...]) -> list[str]:
    """Published tables that nobody compares."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select 'marts.' || relname from pg_class "
            "where relnamespace = to_regnamespace('marts') and relkind in ('r', 'v', 'm', 'p') "
            "and relname not like '%\\_\\_dbt\\_%' order by 1"
        ).fetchall()
    return [
        name
        for (name,) in rows
        if name not in NOT_COMPARED and name not in {table.name for table in tables}
    ]
