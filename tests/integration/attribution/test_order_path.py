"""marts.order_path on two orders of tests/explained_shop.py: what it shows, to whom, how fast."""

import csv
import json
from collections.abc import Iterator

import jinja2
import psycopg
import pytest

from omni_pipeline.attribution.explain import explain_order, in_words
from tests.conftest import REPOSITORY
from tests.explained_shop import MACROS, Warehouse, fill

PROJECT = REPOSITORY / "dbt_project"
MODEL = PROJECT / "models" / "marts" / "attribution" / "order_path.sql"
READER = "order_path_reader"
SCHEMAS = {
    "attribution_models": "rules",
    "channel_rules": "rules",
    "int_journey__conversions": "intermediate",
}
ANNA = "md5('customer|FUSER|12')::uuid"
TABLES = f"""
    create schema rules;
    create table rules.channel_rules (
        priority integer, rule_id text, field text, operator text, value text, and_field text,
        and_operator text, and_value text, channel text, is_paid boolean, is_direct boolean,
        on_path boolean
    );
    create table rules.attribution_models (
        model_id text, kind text, lookback_days numeric, half_life_days numeric,
        first_share integer, last_share integer, excluded_channels text,
        keeps_excluded_alone boolean, resets boolean, collapses text, collapse_by text,
        merges_calls boolean
    );
    create table intermediate.int_journey__conversions (
        conversion_id text, first_id_type text, first_id_value text, second_id_type text,
        second_id_value text, third_id_type text, third_id_value text, quarantine_reason text
    );
    create table marts.fct_conversion (
        conversion_id text primary key, kind text, customer_uuid uuid, at timestamptz,
        is_paid boolean, is_cancelled boolean, revenue_kopecks bigint, order_id bigint,
        order_number text, deal_id bigint, opened_at timestamptz
    );
    create table marts.fct_touch (
        touch_id text primary key, customer_uuid uuid, at timestamptz, touch_type text,
        channel text, source text, campaign text, id_type text, id_value text,
        source_priority smallint, is_direct boolean, is_on_path boolean, rule_id text, medium text,
        about text
    );
    create table marts.fct_attribution (
        conversion_id text, touch_id text, model_id text, position integer, channel text,
        weight double precision, credit_kopecks bigint, kind text, source text, campaign text,
        unique (conversion_id, model_id, position)
    );
    insert into marts.fct_conversion values
        ('order:1', 'order', {ANNA}, '2026-05-01Z', true, false, 1000),
        ('order:2', 'order', null, '2026-05-01Z', true, false, 500);
    insert into intermediate.int_journey__conversions values
        ('order:1', 'EMAIL', 'anna@nowhere.example', 'USER', '5');
    insert into marts.fct_touch
    select id_type || at, {ANNA}, at::timestamptz, 'web_session', 'Email', 'letters', null,
        id_type, id_value, 3, false, true, 'email'
    from (values
        ('LEAD', '3', '2026-01-01Z'), ('FUSER', '12', '2026-04-01Z'),
        ('LEAD', '3', '2026-04-02Z'), ('USER', '5', '2026-04-03Z')
    ) as met (id_type, id_value, at);
    insert into marts.fct_attribution values
        ('order:1', 'FUSER2026-04-01Z', 'first', 1, 'Email', 1, 1000),
        ('order:2', null, 'first', 0, '(unattributed)', 1, 500),
        ('order:2', null, 'last', 0, '(unattributed)', 1, 500)
"""


def render(text: str) -> str:
    """A macro call or a model as dbt renders it."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(MACROS))
    environment.globals |= {
        "ref": lambda name: f"{SCHEMAS.get(name, 'marts')}.{name}",
        "config": lambda **_: "",
        "this": {"schema": "marts"},
    }
    names = (
        "attribution.sql",
        "attribution_paths.sql",
        "attribution_variants.sql",
        "conversions.sql",
        "crm_sources.sql",
        "explain_order.sql",
    )
    macros = "".join((MACROS / name).read_text() for name in names)
    return environment.from_string(macros + text).render()


@pytest.fixture
def shop(warehouse: Warehouse) -> Iterator[Warehouse]:
    """Anna's order and one of nobody's, the view, and a role that may read marts alone."""
    fill(warehouse)
    warehouse.execute(TABLES)
    with open(PROJECT / "seeds" / "attribution_models.csv", newline="") as file:
        lines = [row for row in csv.DictReader(file) if row["model_id"] in ("first", "last")]
    warehouse.execute(
        "insert into rules.attribution_models"
        " select * from json_populate_recordset(null::rules.attribution_models, %s)",
        [json.dumps([{k: v or None for k, v in line.items()} for line in lines])],
    )
    publish(warehouse)
    warehouse.execute(f"create role {READER}")
    warehouse.execute(f"grant usage on schema marts to {READER}")
    warehouse.execute(f"grant select on all tables in schema marts to {READER}")
    yield warehouse
    warehouse.execute("reset role")
    warehouse.execute(f"drop owned by {READER}")
    warehouse.execute(f"drop role {READER}")


def publish(warehouse: Warehouse) -> None:
    """The views it reads, the function and the view over it, as a run makes them."""
    for name in ("attribution_model", "channel_rule", "conversion_identifier"):
        model = (MODEL.with_name(f"{name}.sql")).read_text()
        warehouse.execute(f"create or replace view marts.{name} as {render(model)}")
    warehouse.execute(render("{{ create_explain_order('marts') }}"))
    warehouse.execute(f"create or replace view marts.order_path as {render(MODEL.read_text())}")


def test_touches_with_the_links_that_tie_them(shop: Warehouse) -> None:
    told = shop.execute(
        """
        select id_type, is_included, reason, credit_kopecks, links, link_rule, link_table, link_key,
            buyer_id_type || ' ' || buyer_id_value
        from marts.order_path where conversion_id = 'order:1' and model_id = 'first'
        order by touched_at
        """
    ).fetchall()
    lead = (2, "lead_phone", "crm.lead", "3", "USER 5")
    assert told == [
        ("LEAD", False, "outside the lookback", 0, *lead),
        ("FUSER", True, None, 1000, 1, "login", "b_sale_fuser", "12", "USER 5"),
        ("LEAD", True, None, 0, *lead),
        ("USER", True, None, 0, 0, None, None, None, "USER 5"),
    ]


def test_nobody_s_order_stays_unattributed(shop: Warehouse) -> None:
    told = shop.execute(
        "select model_id, touch_id, channel, is_included, weight, credit_kopecks"
        " from marts.order_path where conversion_id = 'order:2' order by model_id"
    ).fetchall()
    rest = (None, "(unattributed)", True, 1.0, 500)
    assert told == [("first", *rest), ("last", *rest)]


def test_the_command_tells_the_same(shop: Warehouse) -> None:
    path = explain_order(shop, "order:1")
    assert path.buyer == "user:5"
    told = shop.execute(
        "select touch_id, links, link_rule from marts.order_path"
        " where conversion_id = 'order:1' and model_id = 'last' order by touched_at"
    ).fetchall()
    assert told == [
        (s.touch_id, s.link.hops if s.link else 0, s.link.rule if s.link else None)
        for s in path.touches
    ]
    said = in_words(path)
    assert "lead_phone (crm.lead 3, 2 hops)" in said
    assert "the buyer's own" in said


def test_the_right_to_read_marts_is_enough(shop: Warehouse) -> None:
    shop.execute(f"set role {READER}")
    for asked in (
        "marts.order_path where conversion_id = 'order:1'",
        "marts.explain_order('order:1')",
    ):
        (count,) = shop.execute(f"select count(*) from {asked}").fetchone()  # type: ignore[misc]
        assert count == 8, "four touches in two models"
    for hidden in ("rules", "intermediate"):
        assert shop.execute("select has_schema_privilege(%s, 'usage')", [hidden]).fetchone() == (
            False,
        )


def test_who_may_read_one_table_learns_nothing_of_the_others(shop: Warehouse) -> None:
    """Sixty phones were read by a role that could see one aggregate."""
    shop.execute(f"revoke select on all tables in schema marts from {READER}")
    shop.execute("create view marts.aggregate as select count(*) as n from marts.fct_conversion")
    shop.execute(f"grant select on marts.aggregate to {READER}")
    shop.execute(f"set role {READER}")
    assert shop.execute("select n from marts.aggregate").fetchone() == (2,)
    for asked in (
        "marts.explain_order('order:1')",
        "marts.order_path",
        "marts.explain_identity('LEAD', '3', 'USER', '5')",
        "marts.conversion_identifier",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            shop.execute(f"select * from {asked}")
    shop.execute("reset role")
    # Not even with the right to the view: what lies behind it is asked for as well.
    shop.execute(f"grant select on marts.order_path to {READER}")
    shop.execute(f"set role {READER}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        shop.execute("select * from marts.order_path where conversion_id = 'order:1'")


def test_one_conversion_asks_the_function_once(shop: Warehouse) -> None:
    shop.execute("set enable_seqscan = off")  # two rows: without it a scan is the best plan
    ((plan,),) = shop.execute(
        "explain (analyze, format json) select * from marts.order_path"
        " where conversion_id = 'order:1'"
    ).fetchall()
    scans = list(nodes(plan[0]["Plan"]))
    (asked,) = (node for node in scans if node["Node Type"] == "Function Scan")
    assert asked["Actual Loops"] == 1
    tables = [node for node in scans if "Relation Name" in node]
    assert [node["Node Type"] for node in tables] in (["Index Scan"], ["Index Only Scan"])


def nodes(plan: dict[str, object]) -> Iterator[dict[str, object]]:
    """All nodes of a plan."""
    yield plan
    for child in plan.get("Plans", []):  # type: ignore[attr-defined]
        yield from nodes(child)


def test_other_columns_replace_the_function_under_the_view(shop: Warehouse) -> None:
    shop.execute("drop function marts.explain_order cascade")
    shop.execute(
        "create function marts.explain_order(conversion_id text) returns table (touch_id text)"
        " language sql as 'select $1'"
    )
    shop.execute(
        "create view marts.order_path as select explained.* from marts.fct_conversion as c"
        " cross join lateral marts.explain_order(c.conversion_id) as explained"
    )
    shop.execute(render("{{ create_explain_order('marts') }}"))
    assert shop.execute("select touch_id from marts.order_path limit 1").fetchone() == ("order:1",)
    shop.execute("drop view marts.order_path")
    publish(shop)
    assert shop.execute("select to_regproc('marts.explain_order__replaced')").fetchone() == (None,)
    assert shop.execute("select count(*) from marts.order_path").fetchone() == (10,)
