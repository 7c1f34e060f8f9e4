"""The HTTP session: what is retried, how long it waits, and that no secret gets out."""

import logging
import threading
import traceback
from collections.abc import Iterator
from email.utils import formatdate

import pytest

from omni_pipeline.api.answer import Answer, Retry
from omni_pipeline.api.pacing import TokenBucket
from omni_pipeline.api.session import ATTEMPTS, HttpSession
from omni_pipeline.errors import SourceError
from tests.local_http import HALF, HTML, RESET, TRUNCATED, FakeClock, LocalServer, Reply

SECRET = "s3cret/with+signs"
QUOTED = "s3cret%2Fwith%2Bsigns"


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer(lambda call: Reply({"result": "ok"})).running() as running:
        yield running


def session(clock: FakeClock | None = None, **options: object) -> HttpSession:
    return HttpSession(
        "SOME_URL",
        secrets=[SECRET],
        clock=clock or FakeClock(),
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    "fault",
    [
        HTML,
        TRUNCATED,
        RESET,
        HALF,
        Reply({"error": "busy"}, 503),
        Reply(b"bad gateway", 502),
        Reply({"message": "slow down"}, 429),
    ],
    ids=["html", "truncated", "reset", "half", "503", "502", "429"],
)
def test_a_passing_fault_is_retried(server: LocalServer, fault: Reply) -> None:
    clock = FakeClock()
    server.queue = [fault, fault]
    answer = session(clock).request("GET", server.url)
    assert answer.body == {"result": "ok"}
    assert len(server.calls) == 3
    # Doubling with jitter: half to full of 2 and of 4 seconds.
    assert 1 <= clock.slept[0] <= 2
    assert 2 <= clock.slept[1] <= 4


def test_it_gives_up_after_a_number_of_attempts(server: LocalServer) -> None:
    server.queue = [HTML] * ATTEMPTS
    with pytest.raises(SourceError, match=r"SOME_URL: .*not JSON.*gave up after 8") as caught:
        session().request("GET", server.url)
    assert caught.value.variable == "SOME_URL"
    assert len(server.calls) == ATTEMPTS


def test_the_last_reason_hides_secrets_too(server: LocalServer) -> None:
    def judge(answer: Answer) -> None:
        raise Retry(f"trouble with {SECRET}")

    with pytest.raises(SourceError, match=r"trouble with \*\*\* \(gave up"):
        session().request("GET", server.url, judge=judge)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_is_not_retried(server: LocalServer, status: int) -> None:
    server.queue = [Reply({"error": "no"}, status)]
    with pytest.raises(SourceError, match=str(status)):
        session().request("GET", server.url)
    assert len(server.calls) == 1


def test_a_redirect_names_the_new_host_and_is_not_followed(server: LocalServer) -> None:
    there = {"Location": f"https://renamed.example/rest/1/{QUOTED}/x"}
    server.queue = [Reply(b"", 302, there)]
    with pytest.raises(SourceError, match=r"redirects to renamed\.example; set the new address"):
        session().request("POST", server.url)
    assert len(server.calls) == 1


def test_a_server_that_is_not_there_is_named_without_its_path() -> None:
    with LocalServer().running() as gone:
        url = gone.url
    with pytest.raises(SourceError, match=r"127\.0\.0\.1: connection failed") as caught:
        session().request("GET", f"{url}/rest/1/{QUOTED}/method")
    assert QUOTED not in str(caught.value)


def test_retry_after_in_seconds_and_as_a_date(server: LocalServer) -> None:
    clock = FakeClock()
    date = formatdate(clock.unix + 7 + 40, usegmt=True)
    server.queue = [
        Reply({}, 429, {"Retry-After": "7"}),
        Reply({}, 503, {"Retry-After": date}),
    ]
    session(clock).request("GET", server.url)
    assert 7 <= clock.slept[0] <= 8
    assert 38 <= clock.slept[1] <= 41


def test_a_server_that_asks_for_hours_is_an_error(server: LocalServer) -> None:
    clock = FakeClock()
    server.queue = [Reply({}, 429, {"Retry-After": "7200"})]
    with pytest.raises(SourceError, match="asks to wait 7200 s"):
        session(clock).request("GET", server.url)
    assert clock.slept == []


def test_the_judge_decides_before_the_general_rules(server: LocalServer) -> None:
    def judge(answer: Answer) -> None:
        if answer.fields.get("code") == "later":
            raise Retry("later", 30)

    clock = FakeClock()
    server.queue = [Reply({"code": "later"})]
    assert session(clock).request("GET", server.url, judge=judge).body == {"result": "ok"}
    assert 30 <= clock.slept[0] <= 31


def test_a_read_that_hangs_ends_and_is_retried() -> None:
    release = threading.Event()
    answers = iter([False, True])

    def respond(call: object) -> Reply:
        if not next(answers):
            release.wait(5)
        return Reply({"result": "ok"})

    with LocalServer(respond).running() as server:
        assert session(timeout=(1.0, 0.2)).request("GET", server.url).body == {"result": "ok"}
        release.set()


def test_the_bucket_lets_a_burst_through_and_then_paces() -> None:
    clock = FakeClock()
    bucket = TokenBucket(2, 5, clock)
    started = clock.unix
    for _ in range(5):
        bucket.take()
    assert clock.unix == started
    for _ in range(10):
        bucket.take()
    assert clock.unix - started == pytest.approx(5.0)
    clock.unix += 1000
    for _ in range(6):
        bucket.take()
    assert sum(clock.slept) == pytest.approx(5.5)


def test_a_throttled_answer_drains_the_bucket(server: LocalServer) -> None:
    clock = FakeClock()
    caller = session(clock, bucket=TokenBucket(0.01, 50, clock))
    server.queue = [Reply({}, 503)]
    caller.request("GET", server.url)
    # Without draining the second attempt would spend one of the 49 saved-up calls at once.
    assert sum(clock.slept) > 90


@pytest.mark.parametrize("form", [SECRET, QUOTED])
def test_no_secret_in_messages_chains_and_logs(
    server: LocalServer, caplog: pytest.LogCaptureFixture, form: str
) -> None:
    def judge(answer: Answer) -> None:
        if answer.status == 400:
            raise caller.refuse(f"the server said: {form} is wrong")
        if answer.status == 500:
            raise Retry(f"trouble with {form}")

    caller = session()
    server.queue = [Reply({}, 500), Reply({}, 400)]
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as caught:
        caller.request("GET", f"{server.url}/rest/1/{QUOTED}/x?api_key={QUOTED}", judge=judge)
    everything = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "the server said: *** is wrong" in everything
    assert "trouble with ***" in caplog.text
    # urllib3 logs the path of every request by itself.
    assert "/rest/1/***/x?api_key=***" in caplog.text
    assert SECRET not in everything
    assert QUOTED not in everything
    assert caught.value.__context__ is None
