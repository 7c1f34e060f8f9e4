"""The score counts pairs: hand-made worlds with known answers."""

from omni_pipeline.sandbox.score import judge

A, B, C = ("USER", "1"), ("FUSER", "2"), ("CARD", "3")
D, E = ("USER", "4"), ("FUSER", "5")
MAIL = ("EMAIL", "a@b.ru")
PERSONS = {A: 1, B: 1, C: 1, MAIL: 1, D: 2, E: 2}


def test_a_perfect_warehouse() -> None:
    customers = dict.fromkeys((A, B, C, MAIL), "x") | dict.fromkeys((D, E), "y")
    score = judge(PERSONS, customers, [(A, B), (A, MAIL), (C, MAIL), (D, E)])
    assert (score.precision, score.recall, score.recall_of_achievable) == (1, 1, 1)
    assert score.pairs_truth == 4


def test_over_merging_costs_precision() -> None:
    score = judge(PERSONS, dict.fromkeys(PERSONS, "x"), [])
    assert score.pairs_joined == 10  # five counted identifiers; the e-mail is no end in itself
    assert score.precision == 0.4
    assert score.recall == 1


def test_under_merging_costs_recall_and_untraceable_pairs_do_not_count_against_it() -> None:
    customers = {A: "x", B: "x", C: "z", D: "y", E: "v"}
    score = judge(PERSONS, customers, [(A, B), (D, E), (A, D)])
    assert score.precision == 1
    assert score.recall == 0.25
    assert score.achievable_recall == 0.5
    assert score.recall_of_achievable == 0.5


def test_an_identifier_the_warehouse_dropped_is_a_missed_pair() -> None:
    score = judge({A: 1, B: 1}, {A: "x"}, [(A, B)])
    assert (score.precision, score.recall, score.recall_of_achievable) == (1, 0, 0)


def test_faults_are_compared_as_sets() -> None:
    planted = frozenset({("R01", "account", "1"), ("R04", "transaction", "2")})
    found = frozenset({("R01", "account", "1"), ("R05", "order", "9")})
    score = judge({}, {}, [], planted, found)
    assert score.faults_found == (("R01", "account", "1"),)
    assert score.faults_missed == (("R04", "transaction", "2"),)
    assert score.faults_false == (("R05", "order", "9"),)
