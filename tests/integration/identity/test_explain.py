"""`explain` and the SQL functions behind it, on the people of tests/explained_shop.py."""

import json

import pytest

from omni_pipeline.command.cli import main
from omni_pipeline.identity.explain import UnknownIdentifier, explain, read_identifier
from omni_pipeline.identity.words import in_words
from tests.explained_shop import OFFICE, Warehouse, fill, publish


@pytest.fixture
def shop(warehouse: Warehouse) -> Warehouse:
    """A warehouse with Anna, Boris and their office."""
    fill(warehouse)
    return warehouse


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("user:5", ("USER", "5")),
        ("  USER : 0005 ", ("USER", "5")),
        ("fuser:12", ("FUSER", "12")),
        ("Contact:7", ("CONTACT", "7")),
        ("lead:3", ("LEAD", "3")),
        ("card:a-00 12", ("CARD", "A0012")),
        ("8 (916) 123-45-67", ("PHONE", "+79161234567")),
        ("+7 916 1234567", ("PHONE", "+79161234567")),
        ("phone:9161234567", ("PHONE", "+79161234567")),
        (" Boris@Mail.Example ", ("EMAIL", "boris@mail.example")),
        ("e-mail:boris@mail.example", ("EMAIL", "boris@mail.example")),
    ],
)
def test_identifiers_as_people_type_them(
    shop: Warehouse, written: str, expected: tuple[str, str]
) -> None:
    found = read_identifier(shop, written)
    assert (found.id_type, found.id_value) == expected
    assert read_identifier(shop, str(found)) == found, "what is printed can be typed again"


@pytest.mark.parametrize(
    "written",
    ["", "hello", "5", "user:", "user:0", "user:5;drop", "card:000", "a@b", "order:5", "@"],
)
def test_text_that_is_no_identifier(shop: Warehouse, written: str) -> None:
    with pytest.raises(UnknownIdentifier, match="is not an identifier"):
        explain(shop, written)


def test_one_identifier_gives_its_profile(shop: Warehouse) -> None:
    found = explain(shop, "8 916 123-45-67")
    assert found.verdict == "profile"
    said = in_words(found)
    for shown in ("fuser:12", "user:5", "lead:3", "Direct, Email", "2026-03-01 10:00 UTC"):
        assert shown in said
    assert "+74957801100: seen with 12 users, the limit is 5, since 2026-07-01 10:00 UTC" in said
    assert "boris" not in said


def test_the_path_between_two_identifiers(shop: Warehouse) -> None:
    found = explain(shop, "lead:3", "fuser:12")
    assert found.verdict == "one customer"
    path = [(str(hop.start), str(hop.end), hop.rule, hop.source_table) for hop in found.hops]
    assert path == [
        ("lead:3", "+79161234567", "lead_phone", "crm.lead"),
        ("+79161234567", "user:5", "site_user_phone", "b_user"),
        ("user:5", "fuser:12", "login", "b_sale_fuser"),
    ]
    back = explain(shop, "fuser:12", "lead:3")
    assert [(hop.end, hop.start) for hop in reversed(back.hops)] == [
        (hop.start, hop.end) for hop in found.hops
    ]
    assert "are one customer" in in_words(found)
    assert "b_user 5" in in_words(found)


def test_a_forced_link_names_the_file(shop: Warehouse) -> None:
    found = explain(shop, "card:A0012", "boris@mail.example")
    assert [hop.rule for hop in found.hops] == ["card_user", "override"]
    assert "identity_overrides" in in_words(found)


def test_two_customers_and_what_both_touch(shop: Warehouse) -> None:
    found = explain(shop, "user:5", "card:a0012")
    assert found.verdict == "two customers"
    assert [str(identifier) for identifier, _ in found.both_touch] == [OFFICE]
    assert [(str(x.a), str(x.b), x.reason) for x in found.denied] == [
        ("user:5", "boris@mail.example", "mistyped")
    ]
    said = in_words(found)
    assert "are two customers" in said
    assert "Kept apart by identity_overrides" in said
    assert OFFICE in said


def test_a_shared_identifier_says_why(shop: Warehouse) -> None:
    alone = explain(shop, "84957801100")
    assert alone.verdict == "shared"
    assert "belongs to nobody: seen with 12 users, the limit is 5" in in_words(alone)
    beside = explain(shop, "user:5", "84957801100")
    assert (beside.verdict, beside.hops) == ("shared", ())
    assert "Nothing joins user:5 and +74957801100" in in_words(beside)


def test_the_same_identifier_twice(shop: Warehouse) -> None:
    found = explain(shop, "+79161234567", "89161234567")
    assert found.verdict == "same"
    assert "the same identifier" in in_words(found)


def test_unknown_identifiers_are_named(shop: Warehouse) -> None:
    with pytest.raises(UnknownIdentifier, match="user:77 has not been seen"):
        explain(shop, "user:5", "user:77")


def test_a_warehouse_without_marts(warehouse: Warehouse) -> None:
    with pytest.raises(UnknownIdentifier, match="omni run"):
        explain(warehouse, "user:5")


def test_a_long_chain_is_walked_in_one_pass(shop: Warehouse) -> None:
    """Hop-by-hop recursion over 5,000 identifiers would read 25 million rows."""
    length = 5_000
    publish(shop, ["LEAD 100001"])
    shop.execute(
        """
        insert into marts.customer_identifier
        select 'LEAD', n::text, md5('customer|LEAD|100001')::uuid
        from generate_series(100002, 100000 + %(length)s::int) as n;
        """,
        {"length": length},
    )
    shop.execute(
        "insert into marts.bl_customer_alias select md5('customer|LEAD|' || n)::uuid,"
        " md5('customer|LEAD|100001')::uuid from generate_series(100002, 100000 + %s::int) as n",
        [length],
    )
    shop.execute(
        "insert into marts.customer_merge_log select n, now(), 'chain', 't', 'k', 'LEAD',"
        " (n - 1)::text, 'LEAD', n::text, null, md5('customer|LEAD|' || n)::uuid"
        " from generate_series(100002, 100000 + %s::int) as n",
        [length],
    )
    shop.execute("set statement_timeout = '5s'")
    row = shop.execute(
        "select count(*), max(hop) from marts.explain_identity('LEAD', %s, 'LEAD', '100001')",
        [str(100_000 + length)],
    ).fetchone()
    assert row == (length - 1, length - 1)


def test_the_verb_prints_text_and_json(
    shop: Warehouse,
    warehouse_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OMNI_DATABASE_URL", warehouse_url)

    def omni(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["explain", *arguments])
        said = capfd.readouterr()
        return int(str(ended.value.code)), said.out, said.err

    code, out, _ = omni("user:5", "fuser:12")
    assert code == 0
    assert "are one customer" in out
    code, out, _ = omni("user:5", "fuser:12", "--json")
    told = json.loads(out)
    assert (code, told["verdict"], told["hops"][0]["rule"]) == (0, "one customer", "login")
    assert told["hops"][0]["observed_at"] == "2026-07-01T10:00:00+00:00"
    for wrong in (("hello",), ("user:77",), ("user:5", "x")):
        code, out, error = omni(*wrong)
        assert (code, out) == (2, "")
        assert len(error.splitlines()) == 1
        assert error.startswith("omni: ")
