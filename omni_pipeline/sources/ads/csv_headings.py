"""Headings of files: which column holds what, whose export it is, what it says of currency and VAT.

Belongs here: the names that columns go by in hand-made tables and in exports of Yandex Direct, VK
Реклама, myTarget and Google Ads, in Russian and English. A column nobody knows is passed over.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# By the column of the contract, whose own name comes first; written as `plain` writes them.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "day": ("day", "date", "дата", "день", "дата показа", "день показа"),
    "cost": ("cost", "spend", "расход", "расходы", "стоимость", "затраты", "потрачено", "списано",
             "потрачено всего", "расход всего", "всего расход", "всего потрачено", "сумма расхода",
             "израсходовано",
             "spent", "amount spent", "total spent", "total cost", "costs"),
    "campaign_id": ("campaign id", "id кампании", "номер кампании", "№ кампании", "no кампании",
                    "n кампании", "ид кампании", "идентификатор кампании", "код кампании",
                    "campaignid", "campaign no", "id рекламной кампании", "campaign number"),
    "campaign_name": ("campaign", "campaign name", "кампания", "название кампании", "имя кампании",
                      "campaignname", "рекламная кампания", "наименование кампании"),
    "provider": ("provider", "система", "площадка"),
    "account": ("account", "аккаунт", "кабинет", "customer id", "account name", "логин", "login",
                "идентификатор клиента", "клиент"),
    "campaign_type": ("campaign type", "тип кампании"),
    "network": ("network", "сеть", "network (with search partners)", "тип площадки",
                "сеть (с поисковыми партнерами)"),
    "impressions": ("impressions", "показы", "impr.", "shows"),
    "clicks": ("clicks", "клики", "переходы"),
    "conversions": ("conversions", "конверсии"),
    "currency": ("currency", "валюта", "currency code", "код валюты"),
    "vat_included": ("vat included", "ндс включен", "ндс"),
    "vat_rate": ("vat rate", "ставка ндс"),
    "utm_source": ("utm source",),
    "utm_medium": ("utm medium",),
    "utm_campaign": ("utm campaign",),
}  # fmt: skip
_KNOWN = {name: column for column, names in COLUMNS.items() for name in names}
_CAMPAIGN = {"campaign_id", "campaign_name"}
# Where no heading speaks of campaigns.
_UNTITLED = {"id": "campaign_id", "название": "campaign_name", "name": "campaign_name"}
_CURRENCIES = {
    **dict.fromkeys(("руб", "р", "₽", "rub", "rur", "рублях", "рублей", "рубли"), "RUB"),
    **dict.fromkeys(("$", "usd"), "USD"),
    **dict.fromkeys(("€", "eur"), "EUR"),
    **dict.fromkeys(("₸", "kzt", "тг", "тенге"), "KZT"),
    **dict.fromkeys(("byn", "бел"), "BYN"),
}
_WITH_VAT = re.compile(
    r"\b(?:с|со|включая|вкл\.?|incl\.?|including|with|inc\.?)(?: учетом)? (?:ндс|vat)\b"
)
_NO_VAT = re.compile(
    r"\b(?:без|не включая|excl\.?|excluding|without|no|ex\.?)(?: учета)? (?:ндс|vat)\b"
)
_UNIT_WORDS = {*_CURRENCIES, "в", "шт"}
# Words above or in a heading that only one system writes.
_DIRECT_HEADS, _GOOGLE_HEADS = {"№ кампании"}, {"currency code", "код валюты", "impr."}
_ABOVE = (
    ("yandex_direct", re.compile(r"яндекс[ .]?директ|yandex[ .]?direct|\bдирект\b")),
    ("vk_ads", re.compile(r"\bvk реклам|\bвк реклам|\bvk ads|ads\.vk\.com")),
    ("mytarget", re.compile(r"my ?target|target\.my\.com")),
    ("google_ads", re.compile(r"google (?:ads|реклам)|^campaign report|^отчет (?:по|о) кампани")),
)
_CLIENT = re.compile(r"(?:клиент|логин|client|login)\s*:?\s*([\w.@-]+)")
_ABOVE_CURRENCY = re.compile(r"(?:валюта|currency)\s*:?\s*(\w+|₽)")
NETWORKS = {"поиск": "search", "сети": "ad_network", "рекламная сеть": "ad_network"}


@dataclass(frozen=True)
class Layout:
    """What a heading tells: the contract's column at each place, and what holds for all lines."""

    columns: list[str | None]
    provider: str | None
    account: str | None
    currency: str | None
    vat_included: bool | None

    def place(self, column: str) -> int | None:
        return self.columns.index(column) if column in self.columns else None


def plain(name: str) -> str:
    """A heading without case, kinds of blanks, ё and quotes."""
    text = name.lower().replace("ё", "е").replace("_", " ").strip("\ufeff\"'«» \t")
    return " ".join(text.split())


def layout_of(heading: Sequence[str], above: Sequence[Sequence[str]]) -> Layout | None:
    """The layout when this is a heading, else None; `above` are the lines before it."""
    names = [plain(name) for name in heading]
    bare = [_without_units(name) for name in names]
    found = [_KNOWN.get(name) or _KNOWN.get(short) for name, short in zip(names, bare, strict=True)]
    if not _CAMPAIGN & set(found):
        found = [column or _UNTITLED.get(name) for column, name in zip(found, names, strict=True)]
    if not ({"day", "cost"} <= set(found) and _CAMPAIGN & set(found)):
        return None
    told = [" ".join(plain(cell) for cell in line if cell.strip()) for line in above]
    provider = _provider(names, told)
    # Of two columns of cost the one that says whether VAT is in it.
    costs = [place for place, column in enumerate(found) if column == "cost"]
    cost = next((place for place in costs if _vat(names[place]) is not None), costs[0])
    vat = _vat(names[cost])
    columns: list[str | None] = []
    for place, column in enumerate(found):
        # In an export a «площадка» is a site; beside «Расход без НДС» a column «НДС» is an amount.
        is_other = (column == "provider" and provider and names[place] != "provider") or (
            column == "vat_included" and vat is not None and names[place] == "ндс"
        )
        kept = place == cost if column == "cost" else column not in columns and not is_other
        columns.append(column if kept else None)
    text = "\n".join(told)
    client, unit = _CLIENT.search(text), _ABOVE_CURRENCY.search(text)
    return Layout(
        columns,
        provider,
        client[1] if client and provider else None,
        _currency(names[cost]) or (_CURRENCIES.get(unit[1]) if unit else None),
        vat if vat is not None else _vat(text),
    )


def _provider(names: Sequence[str], above: Sequence[str]) -> str | None:
    if _DIRECT_HEADS & set(names):
        return "yandex_direct"
    if _GOOGLE_HEADS & set(names):
        return "google_ads"
    if any(name.startswith("потрачено всего") for name in names):
        return "vk_ads"
    told = (provider for provider, words in _ABOVE if any(words.search(line) for line in above))
    return next(told, None)


def _vat(text: str) -> bool | None:
    if _NO_VAT.search(text):
        return False
    return True if _WITH_VAT.search(text) else None


def _words(name: str) -> list[str]:
    return [word.strip(".") for word in re.split(r"[\s,;:()\[\]/]+", name) if word.strip(".")]


def _currency(name: str) -> str | None:
    return next((_CURRENCIES[word] for word in _words(name) if word in _CURRENCIES), None)


def _without_units(name: str) -> str:
    """«расход, руб. (с учетом ндс)» is «расход»."""
    text = _WITH_VAT.sub(" ", _NO_VAT.sub(" ", name))
    return " ".join(word for word in _words(text) if word not in _UNIT_WORDS)
