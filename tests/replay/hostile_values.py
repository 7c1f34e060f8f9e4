"""Values that a source could send and nobody would wish for: over 300, by what they imitate.

Long ones are of letters that PostgreSQL cannot
compress, as real long values are.
"""

import random
import string
from typing import Any

_LETTERS = random.Random(10)


def _long(length: int) -> str:
    return "".join(_LETTERS.choices(string.ascii_letters + string.digits, k=length))


BIG = 2**63
NUMBERS: list[Any] = [
    0, "0", "-0", "-0.0", -1, "-1", 1, "1", "+1", "1.", ".5", "0.1", "00012", "1e3", "1E-3", 0.1,
    -0.0, 1e22, 1e-7, "1,5", "1 000", "1\xa0000", "1_000", "0x1F", "٣", "²", "½", "１２", "Ⅷ",
    "NaN", "nan", "sNaN", "-NaN", float("nan"), "Infinity", "-Infinity", "inf", float("inf"),
    "1e400", "-1e400", "1e-400", "1e30", "1e18", "1e17", "-1e18", "9e15", 1e12, "1e11", "-1e11",
    "999999999999.99", "-999999999999.99", "1000000000000", "99999999999999999999",
    "0.004999999999999999999999999999", "0.005", "-0.005", "12345.6789012345", "1e-30", "1e-28",
    "3." + "3" * 60, "0." + "0" * 300 + "1", "1" * 20, "1" * 40, "9" * 5_000,
    "1." + "2" * 20_000, BIG - 1, BIG, -BIG, -BIG - 1, BIG * BIG, 2**31 - 1, 2**31, 2**53 + 1,
    10**18, 10**18 - 1, 10**15, -(10**15), True, False, "true", "", " ", "null", "None", "RUB",
    "12 RUB", "руб.", "--1", "1-1", "1/2", "5%", "$5", "(5)", "1;2", [], [1], {}, {"a": 1},
]  # fmt: skip
MOMENTS: list[Any] = [
    "0001-01-01", "0001-01-01 00:00:00", "0001-01-01T00:00:00+03:00", "0000-00-00",
    "0000-00-00 00:00:00", "2026-00-10", "2026-05-00", "2026-02-30", "2025-02-29", "2026-02-29",
    "2026-13-01", "2026-04-31 10:00:00", "9999-12-31", "9999-12-31 23:59:59",
    "9999-12-31T23:59:59+03:00", "9999-12-31T23:59:59-12:00", "10000-01-01", "99999-01-01",
    "294276-12-31", "-infinity", "infinity", "now", "today", "epoch", "2026-01-01 BC",
    "1969-12-31 23:59:59", "1970-01-01 00:00:00", "1970-01-01T03:00:00+03:00", "1899-12-30",
    "0044-03-15 BC", "1753-01-01", "1000-01-01", "2038-01-19 03:14:08", "2099-12-31 23:59:59",
    "2100-01-01",
    "2100-02-29", "2106-02-07 06:28:16", "3000-01-01", "2026-03-01 24:00:00",
    "2026-03-01 23:59:60", "2026-03-01 25:00:00", "2026-03-01T10:00:00+16:00",
    "2026-03-01T10:00:00-16:00", "2026-03-01T10:00:00+14:00", "2026-03-01T10:00:00+99:99",
    "2026-03-01T10:00:00Z", "2026-03-01T10:00:00.123456789Z", "2026-03-01T10:00",
    "2026-03-01T10", "2026-03-01 10:00:00 Europe/Moscow", "2026-03-29 02:30:00",
    "2014-10-26 01:30:00", "01.03.2026", "01.03.2026 10:00:00", "03/01/2026", "1 марта 2026",
    "20260301", "2026-W10-1", "2026-060", "1772355600", "1772355600000", 1772355600, 0, -1, "0",
    "", " ", "никогда", "2026-03-01\n", "2026-03-01 10:00:00\x00", "２０２６-03-01", "2026-3-1",
    "2026-03-01T10:00:00+00:00:01", "2026-03-01 10:00:00+", "0099-12-31", "1582-10-10",
    "1899-12-31 23:59:59", "1900-01-01", "2026-06-31", True, [], {},
]  # fmt: skip
TEXTS: list[Any] = [
    "", " ", "\t", "\n", "\r\n", "\xa0", "​", "﻿", "\x00", "a\x00b", "\\x00", "\\u0000",
    "\ud800", "a\udfff", "￿", "\U0010ffff", "\x7f", "\x1b[31m", "\x1f", "a\x1fb", "\x01",
    "‮עברית", "مرحبا بالعالم", "é" * 50, "👨‍👩‍👧‍👦", "Ǆ", "ß", "İ", "ı", "ﬁ",
    "Иванов", "Ёж", "ñ", "日本語", "０１２", "null", "NULL", "None", "undefined", "NaN", "true",
    "0", "-1", "1e5", "[object Object]", "N/A", "-", "--", ";", ",", ":", "::", "|", "||", "a|b|c",
    ":a:b:c:", "/", "\\", "\\\\", "'", "''", '"', "`", "%", "%%", "%s", "%(a)s", "%1$s", "{}",
    "{0}", "{{ 1 / 0 }}", "{% raw %}", "${x}", "$$", "$1", "'; drop table x; --", "' or '1'='1",
    "=cmd|' /C calc'!A0", "@SUM(1)", "<script>alert(1)</script>", "<!--", "&amp;", "&#0;",
    "^(a+)+$", "(", ")", "[", "]", "{", "}", "*", "+", "?", ".", ".*", "\\d", "\\1", "_", "~",
    "%ZZ", "%", "%4", "%00", "%u0000", "%uD83D%uDE00", "%uZZZZ", "%C3%28", "%FF%FE", "%E0%80%80",
    "%25%25%25", "%25252525", "%F0%9F%98", "a=b&c", "?=&=&", "utm_source", "utm_source=",
    "https://", "http://[::1", "https://a:b@c:99999/?x=%", "//", "https://shop.example/?utm_source=",
    "https://shop.example/?utm_source=%00&utm_medium=%u0000",
    "https://shop.example/?utm_source=" + "%25" * 300 + "41&yclid=1",
    "https://shop.example/?utm_source[]=a&utm_source[]=b&utm_campaign=%F0%9F",
    "https://shop.example/?" + "&".join(f"utm_campaign={n}" for n in range(500)),
    "https://xn--/?gclid=", "https://" + "a." * 500 + "example/", "android-app://", "javascript:1",
    "@", "@@", "a@", "@b.ru", "a@b", "a@@b.ru", "a b@c.ru", "a@b.ru,c@d.ru", "<a@b.ru>",
    "mailto:a@b.ru", "А@Б.РФ", "a@-.ru", "a" * 300 + "@b.ru", "a@" + "b." * 200 + "ru",
    "a+b+c@gmail.com", "....@gmail.com", "@gmail.com", "+@yandex.ru", "a@b.ru\x00", "mail",
    "+7", "8", "7" * 500, "+" * 20, "tel:", "00000000000", "+0000000000000", "8 (916) 123",
    "89161234567 доб. " + "9" * 400, "+7(916)123-45-67#" + "1" * 50, "9161234567, 9161234568",
    "+1 000 000 0000", "+999999999999999", "доб. 12", "\u202a+79161234567\u202c", "3e10",
    "ABCDEFGHIJ", "RUBRUBRUB", "руб", "₽", "rur", "XXX", "US", "  usd ", "YN", "y", "Да", "Y ",
    "a:1:{", 'a:1:{s:10:"x";}', 'O:8:"stdClass":0:{}', 's:99999999999999999999:"a";',
    "i:99999999999999999999;",
    "b:1;", "N;", "a:0:{}", 'a:1:{s:9:"STATUS_ID";s:1:"F";}', 'a:-1:{i:0;i:1;}', "a:9999999999:{",
    "{", "[", "[]", "{}", '""', '"', "[1,2", '{"a":', '{"a":NaN}', "[null]", '{"a":{"b":[{}]}}',
    '{"extra":"\\u0000"}', '{"peer":"\\ud800"}', "[" * 200 + "]" * 200, "1e999999",
    "PJSIP/", "PJSIP/a-b-c", "Local/1@2;2", "SIP/-", "-", "PJSIP", "from-internal", "1700000000.1",
    "17000000000000000000000.1", "1.", "..", "9223372036854775808", "9" * 20, "9" * 40, "1" * 18,
    "9" * 18, "0" * 18 + "1", "-9223372036854775808", "12345678901234567890", "1.0", "017", "+5",
    "1772355600", "17723556001", "9999999999", "0000000000", "2026-02-30", "9999-12-31 23:59:59",
    "0000-00-00 00:00:00", "2026-13-01", "20260230", "2026-03-01 10:00:00 UTC", "CALL", "|TELEGRAM",
    "1|", "999999999999|TELEGRAM", "C1:WON", "C:", "C99999999999999999999:WON", "WON", "S", "F",
    _long(300), _long(2_600), _long(10_000), "x" * 10_000, "я" * 10_000, " " * 10_000,
    "%41" * 3_000, ("a" * 60 + ".") * 100, "\n" * 3_000, "9" * 10_000,
    b"\xff\xfe\x00a", b"\xd0", 5, 1.5, True, [], {}, ["a"], {"a": "b"},
]  # fmt: skip
DOCUMENTS: list[Any] = [
    [], {}, "", "null", None, 0, 1, -1, True, "a", [[]], [{}], [None], [0], ["a"], [[[[]]]],
    {"": ""}, {"\x00": "\x00"}, {"a": "\ud800"}, [{"VALUE": None}], [{"VALUE": []}],
    [{"VALUE": {"VALUE": "a"}}], [{"VALUE": 79161234567}], [{"VALUE": 1e300}], [{"VALUE": True}],
    [{"VALUE": ""}], [{"VALUE": "7" * 500}], [{"VALUE": "@"}], [{"VALUE": _long(5_000)}],
    [{"VALUE": "a\x00b@c.ru", "VALUE_TYPE": []}], [{"value": "a"}], {"VALUE": "+79161234567"},
    [[{"VALUE": "a"}]], [{"ENTITY_ID": "9" * 20, "ENTITY_TYPE_ID": "x", "VALUE": "1"}],
    [{"TYPE": [], "VALUE": "1"}], "[1,2", "{'a': 1}", "a:1:{i:0;s:1:\"a\";}",
    {"UF_SITE_MEMBER_ID": "9" * 20}, {"UF_SITE_MEMBER_ID": "-1"}, {"UF_SITE_MEMBER_ID": []},
    {"UF_SITE_MEMBER_ID": ["1", "2"]}, {"UF_SITE_MEMBER_ID": {"a": 1}}, {"UF_SITE_MEMBER_ID": ""},
    {"UF_SITE_MEMBER_ID": False}, {"UF_SITE_MEMBER_ID": None}, {"UF_SITE_MEMBER_ID": "1e5"},
    {"UF_SITE_MEMBER_ID": "9223372036854775808"}, {"UF_SITE_MEMBER_ID": 10**40},
    {"UF_SITE_MEMBER_ID": 1.5}, {"UF_SITE_MEMBER_ID": "٣"}, {"UF_SITE_MEMBER_ID": "12,13"},
    {"uf_utm_source": []}, {"uf_utm_source": {"a": 1}}, {"uf_utm_source": _long(9_000)},
    {"uf_utm_source": "\x00"}, {"uf_utm_campaign": 10**30}, {"uf_utm_medium": True},
    {"BIRTHDATE": "9999-12-31"}, {"BIRTHDATE": "0000-00-00"}, {"BIRTHDATE": 5},
    {"BIRTHDATE": "2026-02-30T00:00:00+03:00"}, {"BIRTHDATE": []}, {"BIRTHDATE": {}},
    {"COMMENTS": _long(10_000)}, {"sg_event_id": []}, {"sg_event_id": {"a": []}},
    {"user_agent": []}, {"user_agent": None}, {"user_agent": {"a": 1}}, {"timestamp": "9" * 30},
    {"ts_epoch": "x"}, {"delivery_info": []}, {"delivery_info": "a"}, {"delivery_info": {"a": []}},
    {"tracking": []}, {"tracking": "x"}, {"tracking": {"client_info": {}, "link": []}},
    {"tracking": {"client_info": "x", "link": 5}}, {"tracking": {"client_info": [[]]}},
    {"tracking": {"client_info": [{"action_date": "2026-02-30 10:00:00"}]}},
    {"tracking": {"client_info": [{"action_date": "9999-12-31 23:59:59"}]}},
    {"tracking": {"client_info": [{"action_date": 99999999999}]}},
    {"tracking": {"client_info": [{"action_date": None, "browser": []}, None, 5]}},
    {"tracking": {"link": [{"url": [], "action_date": "9999-99-99 99:99:99"}]}},
    {"tracking": {"link": [{"url": _long(9_000), "action_date": "1772355600"}]}},
    {"tracking": {"link": {"url": "a", "action_date": "0000-00-00 00:00:00"}}},
    {"OPPORTUNITY": "9" * 40}, {"DATE_CREATE": "9999-12-31"}, {str(n): n for n in range(500)},
]  # fmt: skip
CORPUS = [*NUMBERS, *MOMENTS, *TEXTS, *DOCUMENTS]
_POOLS = {
    "numbers": NUMBERS, "moments": MOMENTS, "texts": TEXTS, "documents": DOCUMENTS, "any": CORPUS,
}  # fmt: skip
_BY_KIND = {
    "bigint": "numbers", "numeric": "numbers", "boolean": "numbers", "text": "texts",
    "date": "moments", "timestamp": "moments", "timestamptz": "moments", "jsonb": "documents",
}  # fmt: skip


class Values:
    """Gives out the corpus: each value once before any comes again."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._left: dict[str, list[Any]] = {}

    def of(self, kind: str) -> Any:
        """The next value for a column of a PostgreSQL type; now and then one of any other kind."""
        pool = _BY_KIND[kind] if self._chance.random() < 0.9 else "any"
        if not self._left.get(pool):
            self._left[pool] = self._chance.sample(_POOLS[pool], len(_POOLS[pool]))
        return self._left[pool].pop()
