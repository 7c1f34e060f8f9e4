"""What people change in the rules of the journey between two hours: channels, numbers, money.

Each edit changes one seed, or the code of one model, so that only what depends on it is made whole
while everything else carries on. They are global: no world is spared.
"""

import random
from collections.abc import Callable

from tests.replay.runner import Replay

CHANNELS, NUMBERS, MODELS = "channel_rules", "call_tracking_numbers", "attribution_models"
RATES, BRANDS, NAMES = "exchange_rates", "order_brands", "source_categories"
MARGINS, SECTION_MARGINS = "brand_margins", "section_margins"
CLICKS, PROVIDERS = "click_ids", "payment_providers"
DICTIONARY, FIELDS = "crm_sources", "user_fields"
CAMPAIGNS, NETWORKS = "campaign_names", "ad_networks"
AUDIENCES = "audiences"
# Models whose code may change in an hour; what is missing from an older project is left out.
CODE = (
    "stg_bitrix__touches", "stg_crm__touches", "int_touches__told", "int_touches__tagged",
    "int_journey__valued_conversions", "int_journey__till_receipts",
    "int_journey__conversion_customers", "int_journey__purchases",
    "int_attribution__steps", "int_journey__conversion_events",
    "int_journey__firsts", "fct_touch", "fct_conversion", "fct_attribution", "bl_omni_stats",
    "int_journey__customer_orders", "int_journey__order_months", "bl_customer_profile",
    "conversion_quarantine", "int_ads__joined_costs", "int_ads__costs", "int_ads__spend",
    "int_ads__spend_hours", "spend_quarantine", "fct_attribution_daily",
    "int_attribution__journeys", "int_attribution__months",
    "int_products__sections", "int_products__order_items", "product_daily",
)  # fmt: skip


def channels(replay: Replay, chance: random.Random) -> str:
    """Two rules change places, one is gone, another means something else."""
    rows = replay.project.rows(CHANNELS)
    last = rows.pop()
    one, other = chance.sample(rows, 2)
    one["priority"], other["priority"] = other["priority"], one["priority"]
    rows.remove(chance.choice(rows))
    changed = chance.choice([r for r in rows if r["channel"] != "(trunk)"])
    column = chance.choice(["on_path", "is_direct", "is_paid", "channel"])
    flipped = {"true": "false", "false": "true"}
    changed[column] = flipped.get(changed[column], "Renamed")
    # The rules that most touches meet are changed more often than others.
    for row in rows:
        if row["rule_id"] in ("direct", "call_other", "store_visit") and chance.random() < 0.3:
            row["on_path"] = flipped[row["on_path"]]
    replay.edit(CHANNELS, [*rows, last])
    return f"channel rule {changed['rule_id']}: {column}"


def numbers(replay: Replay, chance: random.Random) -> str:
    """Tracked numbers: a new one, another period, another channel, one given up."""
    rows = replay.project.rows(NUMBERS)
    if len(rows) > 2:
        rows.remove(chance.choice(rows))
    for row in rows:
        row["valid_from"] = chance.choice(["2020-01-01", "2026-02-15", ""])
        row["valid_to"] = chance.choice(["", "2026-03-01", "2026-03-31"])
        row["channel"] = chance.choice([row["channel"], "Offline"])
        row["region"] = chance.choice([row["region"], "Kazan"])
        row["cost_campaigns"] = chance.choice(["", "spring", "spring;Диваны", "brand;spring"])
    if all(row["number"] != "74959990009" for row in rows):
        rows.append(rows[0] | {"number": "74959990009", "utm_source": "2gis", "channel": "Maps"})
    replay.edit(NUMBERS, rows)
    return "tracked numbers changed"


def models(replay: Replay, chance: random.Random) -> str:
    """Attribution models look back shorter or longer, decay otherwise, come and go."""
    rows = [row for row in replay.project.rows(MODELS) if row["model_id"] != "linear_short"]
    for row in rows:
        row["lookback_days"] = chance.choice(["90", "90", "30", "3"])
        row["half_life_days"] = chance.choice(["7", "7", "1"])
        row["first_share"], row["last_share"] = chance.choice([("40", "40"), ("30", "50")])
        row["resets"] = chance.choice(["false", "false", "true"])
        row["merges_calls"] = chance.choice(["false", "true"])
        row["collapses"] = chance.choice(["", "", "first", "last"])
        row["collapse_by"] = chance.choice(["", "channel"]) if row["collapses"] else ""
    # The statistics stand on this one; it goes a shorter way, too, but never goes away.
    base = next(row for row in rows if row["model_id"] == "linear")
    if chance.random() < 0.5:
        rows.append(base | {"model_id": "linear_short", "lookback_days": "1"})
    replay.edit(MODELS, rows)
    return "attribution models changed"


def rates(replay: Replay, chance: random.Random) -> str:
    """A currency gets its first rate, loses it, or another one."""
    rows = [row for row in replay.project.rows(RATES) if row["currency"] != "GBP"]
    rows += [
        {"currency": "GBP", "valid_from": day, "rate": str(chance.randint(80, 120))}
        for day in chance.sample(["2026-02-10", "2026-03-01"], chance.randint(0, 2))
    ]
    for row in rows:
        if row["currency"] == "USD" and chance.random() < 0.5:
            row["rate"] = str(chance.randint(70, 99))
    if chance.random() < 0.3:
        rows = [row for row in rows if row["currency"] != "EUR"]
    replay.edit(RATES, rows)
    return "exchange rates changed"


def margins(replay: Replay, chance: random.Random) -> str:
    """What a brand earns becomes known, changes, or is unknown again."""
    rows = [
        {"brand": brand, "valid_from": day, "margin_share": chance.choice(["0.3", "0.255", "-0.1"])}
        for brand in ("main", "second")
        for day in chance.sample(["2026-01-01", "2026-03-01"], chance.randint(0, 2))
    ]
    replay.edit(MARGINS, rows)
    shares = [
        {"section_id": section, "valid_from": "2026-01-01", "margin_share": "0.4"}
        for section in replay.count("raw_bitrix.b_iblock_section", "id")
        if chance.random() < 0.3
    ]
    replay.edit(SECTION_MARGINS, shares)
    return "margins changed"


def brands(replay: Replay, chance: random.Random) -> str:
    """Sites belong to other brands and regions."""
    named = [
        {
            "lid": lid,
            "brand": chance.choice(["main", "second"]),
            "region": chance.choice(["Moscow", "Kazan"]),
        }
        for lid in ("s1", "s2", "s3")
    ]
    replay.edit(BRANDS, chance.sample(named, chance.randint(1, 3)))
    return "brands changed"


def names(replay: Replay, chance: random.Random) -> str:
    """A click id, a payment page or the name of a source is dropped or means something else."""
    seed = chance.choice([CLICKS, PROVIDERS, NAMES, DICTIONARY, FIELDS])
    rows = replay.project.rows(seed)
    if seed == CLICKS:
        rows = [row for row in rows if row["click_id"] != "yclid" or chance.random() < 0.3]
    elif seed == PROVIDERS:
        rows = [row for row in rows if row["host"] != "yookassa.ru"]
    elif seed == FIELDS:
        rows = [row for row in rows if row["field"] != "uf_utm_medium"]
    elif seed == DICTIONARY:
        for row in chance.sample(rows, 5):
            row["medium"] = chance.choice(["call", "website", "cpc", ""])
    else:
        for row in rows:
            if row["is_alias"] == "true":
                row["is_alias"] = chance.choice(["true", "false"])
            if row["name"] in ("yandex", "vk", "vk.com", "yandex.ru", "telegram"):
                row["category"] = chance.choice(["search", "social", "messenger"])
    replay.edit(seed, rows)
    return f"{seed} changed"


def campaigns(replay: Replay, chance: random.Random) -> str:
    """Visits of a seller carry ids now, or names; people name some campaigns, or no longer."""
    if not replay.project.has(CAMPAIGNS):
        return "no campaigns to name"
    networks = replay.project.rows(NETWORKS)
    kinds = chance.sample(["id", "name", "{campaign_name}|{campaign_id}"], 3)
    for place, row in enumerate(networks):
        row["utm_campaign_holds"] = kinds[place % 3]
    replay.edit(NETWORKS, networks)
    named = [
        {
            "provider": seller,
            "campaign_id": campaign,
            "campaign": chance.choice(["Spring", ""]),
            "medium": chance.choice(["cpm", "social", ""]),
            "brand": chance.choice(["second", ""]),
        }
        for seller in ("yandex_direct", "csv")
        for campaign in replay.count("raw_ads.campaign_cost", "campaign_id")
        if chance.random() < 0.2
    ]
    replay.edit(CAMPAIGNS, named)
    return f"{len(named)} campaigns named"


def code(replay: Replay, chance: random.Random) -> str:
    """Somebody deploys another version of a model that says the same."""
    model = chance.choice([name for name in CODE if replay.project.model(name)])
    replay.touch(model)
    return f"code of {model} changed"


def audiences(replay: Replay, chance: random.Random) -> str:
    """Whom marketing wants to reach is put otherwise."""
    rows = replay.project.rows(AUDIENCES)
    for row in rows:
        row["days"] = row["days"] and str(chance.choice([1, 30, 400]))
        row["quantile"] = row["quantile"] and chance.choice(["0.1", "0.5", "0.9"])
        row["needs_consent"] = chance.choice(["true", "false", ""])
    replay.edit(AUDIENCES, rows)
    return "audiences changed"


def hours(replay: Replay, chance: random.Random) -> str:
    """An engineer asks for some hours to be counted again."""
    day = chance.randint(1, 27)
    replay.ask_again(f"2026-03-{day:02d}", f"2026-03-{day + 1:02d}")
    return "a day to be counted again"


EDITS: tuple[Callable[[Replay, random.Random], str], ...] = (
    channels, numbers, models, rates, margins, brands, names, campaigns, code, hours,
    audiences,
)  # fmt: skip
