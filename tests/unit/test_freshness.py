"""The rhythm of a source: which silences are usual and which are not, by the rows' own hours."""

from datetime import UTC, datetime, timedelta

from omni_pipeline.bronze.freshness import DAYS_LIMIT, HOUR, LIMIT, Silence, measure

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)


def shop_hours(until: datetime, weeks: int, first: int = 9, last: int = 18) -> set[datetime]:
    """Every hour from nine to six of weekdays, up to a moment."""
    start = MONDAY - timedelta(weeks=weeks)
    hours = (start + n * HOUR for n in range(weeks * 168 + 168))
    return {h for h in hours if h < until and h.weekday() < 5 and first <= h.hour < last}


def at(day: int, hour: int) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour)


def test_nights_and_weekends_alarm_nobody() -> None:
    hours = shop_hours(at(5, 0), weeks=9)
    for hour in range(18, 3 * 24 + 10):  # from Friday evening to Monday before ten
        silence = measure(hours, at(4, hour))
        assert (silence.missed, silence.late) == (0.0, False), hour
    assert measure(hours, at(4, 18)).usual == 45


def test_a_working_day_without_rows_is_late_and_stays_so() -> None:
    hours = shop_hours(at(1, 12), weeks=9)  # the last row is of Tuesday before noon
    said = [measure(hours, at(1, hour)) for hour in range(12, 24 * 20)]
    assert [s.missed for s in said[:8]] == [0, 1, 2, 3, 4, 5, 6, 6]
    late = [s.late for s in said]
    assert not late[(24 - 12) + 10], "Wednesday at ten: seven hours are missing"
    assert late[(24 - 12) + 11]
    assert late.index(True) == late.index(True, 20), "eight hours of a shop's day"
    assert all(late[late.index(True) :]), "a silence never becomes usual by lasting"


def test_one_past_outage_changes_little() -> None:
    hours = shop_hours(at(1, 12), weeks=9)
    outage = {h for h in hours if at(-14, 0) <= h < at(-7, 0)}
    silence = measure(hours - outage, at(2, 13))
    assert silence.late
    assert 8 <= silence.missed < measure(hours, at(2, 13)).missed


def test_a_busy_source_is_late_after_eight_hours() -> None:
    busy = {MONDAY - n * HOUR for n in range(1, 24 * 7 * 8)}
    assert not measure(busy, MONDAY + (LIMIT - 1) * HOUR).late
    assert measure(busy, MONDAY + LIMIT * HOUR).late


def test_a_rare_source_gets_time() -> None:
    """A row every five days or so, never at the same hour of the week."""
    rare = {MONDAY - n * timedelta(days=5, hours=1) for n in range(1, 12)}
    assert not measure(rare, MONDAY + timedelta(days=10)).late


def test_too_short_a_past_says_nothing() -> None:
    new = shop_hours(at(1, 12), weeks=1)
    assert measure(new, at(6, 0)) == Silence(at(1, 11), 1, 0.0, 0.0)
    assert not measure({MONDAY}, MONDAY + timedelta(days=99)).late


def test_rows_that_know_only_their_day() -> None:
    days = {MONDAY - timedelta(days=n, hours=3) for n in range(1, 40)}
    assert not measure(days, MONDAY + timedelta(days=1), DAYS_LIMIT).late
    assert measure(days, MONDAY + timedelta(days=3), DAYS_LIMIT).late
