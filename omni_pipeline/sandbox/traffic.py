"""Where a visit comes from: landing URL, referrer and utm marks, tidy and broken.

Belongs here: one function from a channel's name to the marks of one visit. The broken kinds are
those seen in the field: utm only in the URL, double encoding, a second question mark, cut-off
bytes, no medium, a click id without utm, other names of a source, Cyrillic and emoji in campaign
names; apps, caches and country hosts as referrers.
"""

from dataclasses import dataclass, replace
from random import Random
from urllib.parse import quote, urlencode

SHOP = "https://shop.example"
_PAGES = (
    "/",
    "/catalog/divany/",
    "/catalog/kresla/",
    "/sale/",
    "/catalog/svet/lampa-12/",
    "/blog/",
)
_PHRASES = ("купить диван москва", "кресло недорого", "лампа настольная", "мебель рядом")
_GOOGLE = {
    f"{SHOP}/blog/": "https://shop-example.cdn.ampproject.org/v/s/shop.example/blog/",
    f"{SHOP}/sale/": "https://www.google.kz/",
    f"{SHOP}/": "android-app://com.google.android.googlequicksearchbox/",
}


@dataclass(frozen=True)
class Visit:
    """Marks of one visit as `bl_web_session` stores them; null utm columns may hide in the URL."""

    landing_url: str
    referrer: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_content: str | None = None
    utm_term: str | None = None


def marked(rng: Random, utm: dict[str, str], extra: dict[str, str], referrer: str | None) -> Visit:
    """A visit with utm marks, once in a while damaged on the way."""
    page = SHOP + rng.choice(_PAGES)
    draw = rng.random()
    if draw < 0.015:  # encoded twice by a redirect
        query = "&".join(f"{key}={quote(quote(value))}" for key, value in {**utm, **extra}.items())
        return Visit(f"{page}?{query}", referrer)
    if draw < 0.025:  # cut in the middle of a character
        return Visit(f"{page}?utm_source=%D1%8F%D0%BD%D0&utm_medium=cpc", referrer)
    if draw > 0.985:  # a redirect glued its own query to the page's
        query = urlencode({**utm, **extra}, quote_via=quote)
        return Visit(f"{page}?{query.replace('&', '?', 1)}", referrer)
    if draw > 0.96 and utm["utm_source"] == "yandex":
        utm = {**utm, "utm_source": "YaDirect"}
    if draw < 0.04:
        utm = {key: value for key, value in utm.items() if key != "utm_medium"}
    visit = Visit(f"{page}?{urlencode({**utm, **extra}, quote_via=quote)}", referrer)
    if rng.random() < 0.35:  # the capture script did not run: the URL alone knows
        return visit
    return replace(visit, **utm)


def arrive(rng: Random, channel: str) -> Visit:
    """Marks of a visit through `channel`; unknown names are direct visits."""
    if channel in ("yandex_cpc", "yandex_network"):
        click = {"yclid": str(rng.randrange(10**17, 10**18))}
        if channel == "yandex_cpc" and rng.random() < 0.05:
            return Visit(f"{SHOP}{rng.choice(_PAGES)}?{urlencode(click)}", "https://yandex.ru/")
        utm = {
            "utm_source": "yandex",
            "utm_medium": "cpc",
            "utm_campaign": _campaign(rng, channel),
            "utm_content": f"ad_{rng.randrange(1, 9)}",
            "utm_term": rng.choice(_PHRASES),
        }
        return marked(rng, utm, click, rng.choice(("https://yandex.ru/", None)))
    if channel == "google_cpc":
        return Visit(f"{SHOP}/?gclid=Cj0K{rng.getrandbits(64):016x}", "https://www.google.com/")
    if channel in ("vk", "vk_post"):
        utm = {
            "utm_source": "vk",
            "utm_medium": "cpc" if channel == "vk" else "social",
            "utm_campaign": rng.choice(("скидки_🔥_ноябрь", "retarget_cart", "posev_dom")),
        }
        return marked(rng, utm, {}, rng.choice(("https://vk.com/", "https://away.vk.com/away.php")))
    page = SHOP + rng.choice(_PAGES)
    if channel == "google_organic":
        return Visit(page, _GOOGLE.get(page, "https://www.google.com/"))
    if channel == "yandex_organic":
        if page.endswith("/blog/"):  # the referrer got lost
            return Visit(f"{page}?ysclid=m{rng.getrandbits(40):010x}")
        return Visit(page, f"https://yandex.ru/search/?text={quote(rng.choice(_PHRASES))}")
    if channel == "referral":
        return Visit(
            page, rng.choice(("https://forum-remont.example/t/15", "https://vse-otzyvy.example/"))
        )
    if rng.random() < 0.08:  # back from the payment page or between own hosts
        return Visit(page, "https://m.shop.example/cart/")
    return Visit(page)


def _campaign(rng: Random, channel: str) -> str:
    if channel == "yandex_network":
        return "rsya_remarketing"
    return rng.choice(("search_divany_msk", "search_divany_msk", "71234501"))


def from_letter(rng: Random, source: str, campaign: str) -> Visit:
    """A visit that follows a click in a letter."""
    utm = {"utm_source": source, "utm_medium": "email", "utm_campaign": campaign}
    return marked(rng, utm, {}, rng.choice((None, None, "https://e.mail.ru/")))


def next_channel(rng: Random, first: str) -> str:
    """Channel of a return visit: half direct, a quarter as at first, else any."""
    draw = rng.random()
    if draw < 0.45:
        return "direct"
    if draw < 0.72:
        return first
    return rng.choice(("yandex_cpc", "yandex_organic", "google_organic", "vk", "vk_post"))
