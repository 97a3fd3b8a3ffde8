"""Logs: samples of many languages, recordings, precision, subjects, and hostile text."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from tests.recording import index, load
from tests.unit.distil.cpu import cpu_seconds
from tests.unit.distil.distilled import of, values
from tests.unit.distil.log_one_liners import HARMLESS, ONE_LINERS
from tests.unit.distil.log_samples import HEALTHY, LISTENING, SAMPLES, WAITING, Sample
from tools.distil.facts import FactList
from tools.distil.log_errors import TEXT_LENGTH, templated
from tools.distil.log_lines import Level, read_line
from tools.distil.log_signs import awaited, listening
from tools.distil.logs import logs
from tools.fact import Fact
from tools.move import Move, Target
from tools.output import Output

CONTAINER = "Pod/shop/web-1[web]"
PROBLEMS = {
    "log.error",
    "log.missing_env",
    "log.missing_key",
    "log.missing_file",
    "log.unreachable",
}


def move(resource: str = "pods", name: str | None = "web-1", **flags: str | bool) -> Move:
    targets = (Target(resource=resource, name=name),) if name else ()
    return Move(
        id="m3", kind="kubectl", command=("logs",), targets=targets,
        flags=dict(flags), namespace="shop", text="kubectl logs",
    )  # fmt: skip


def facts_of(text: str, of_move: Move | None = None, stderr: str = "", code: int = 0) -> list[Fact]:
    facts = FactList("m3")
    output = Output(exit_code=code, stdout=text, stderr=stderr)
    logs(output, of_move or move(container="web"), facts)
    return facts.facts


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_sample(sample: Sample) -> None:
    facts = facts_of(sample.text + "\n")
    found = {fact.name: fact.value for fact in reversed(facts)}
    error = found["log.error"]
    assert isinstance(error, dict)
    assert error["category"] == sample.category
    assert len(str(error["text"])) <= TEXT_LENGTH
    assert {n: v for n, v in found.items() if n in PROBLEMS - {"log.error"}} == sample.names


@pytest.mark.parametrize(("category", "text"), ONE_LINERS)
def test_one_liner(category: str, text: str) -> None:
    [error] = values(facts_of(text + "\n"), "log.error").values()
    assert isinstance(error, dict)
    assert error["category"] == category


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_line(text: str) -> None:
    names = {fact.name for fact in facts_of(text + "\n")}
    assert names <= {"log.lines", "log.last_line", "log.listening"}


def test_there_are_enough_samples() -> None:
    assert len(SAMPLES) >= 60
    assert len({sample.id for sample in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_sample_with_timestamps_and_colours(sample: Sample) -> None:
    stamped = "".join(
        f"2026-11-23T02:17:{n:02}.123456789Z {line}\n"
        for n, line in enumerate(sample.text.split("\n"))
    )
    [error] = values(facts_of(stamped), "log.error").values()
    assert isinstance(error, dict)
    assert error["category"] == sample.category


@pytest.mark.parametrize("text", HEALTHY.values(), ids=HEALTHY.keys())
def test_healthy_log_has_no_problem(text: str) -> None:
    facts = facts_of(text)
    assert [fact for fact in facts if fact.name in PROBLEMS | {"log.waiting_for"}] == []
    assert values(facts, "log.lines") == {CONTAINER: text.count("\n") + 1}


@pytest.mark.parametrize(("line", "port"), LISTENING.items())
def test_listening(line: str, port: int | None) -> None:
    assert listening(read_line(line), line) == port


@pytest.mark.parametrize(("line", "name"), WAITING.items())
def test_waiting(line: str, name: str | None) -> None:
    assert awaited(read_line(line).message) == name


# recording -> what its logs must state about the container in question
RECORDED: dict[str, dict[str, JsonValue]] = {
    "crash-missing-env": {"log.missing_env": "PAYMENT_URL"},
    "oom-killed": {"log.last_line": "loading 48 MiB window", "log.lines": 1},
    "image-not-found": {"log.unavailable": "waiting to start: trying and failing to pull image"},
    "configmap-key-missing": {"log.unavailable": "waiting to start: CreateContainerConfigError"},
    "secret-volume-missing": {"log.unavailable": "waiting to start: ContainerCreating"},
    "command-not-found": {"log.lines": 0},
    "liveness-too-eager": {"log.last_line": "warming template cache, about 20s"},
    "readiness-wrong-port": {"log.lines": 0},
    "unschedulable-cpu": {"log.lines": 0},
    "node-selector": {"log.lines": 0},
    "pvc-pending": {"log.lines": 0},
    "quota-no-pods": {},
    "service-selector": {"log.lines": 0},
    "init-waits": {"log.waiting_for": "contacts-db", "log.lines": 50},
    "job-failed": {
        "log.error": {
            "category": "missing-table",
            "text": 'ERROR: relation "salaries_2026_11" does not exist',
            "count": 1,
        }
    },
    "healthy": {"log.lines": 0, "log.unavailable": "previous container not found"},
}


@pytest.mark.parametrize("name", index())
def test_recorded_logs(name: str) -> None:
    facts = [fact for command in load(name).matching("logs") for fact in of(command)]
    stated = [(fact.name, fact.value) for fact in facts]
    for wanted in RECORDED[name].items():
        assert wanted in stated
    if name not in ("crash-missing-env", "job-failed"):
        assert [fact for fact in facts if fact.name in PROBLEMS] == []


@pytest.mark.parametrize("name", index())
def test_recorded_quotes_stand_on_their_lines(name: str) -> None:
    for command in load(name).matching("logs"):
        for fact in of(command):
            lines = fact.evidence[0].lines
            if fact.name in ("log.lines", "object.exists") or lines is None:
                continue
            text = command.stdout if command.stdout.strip() else command.stderr
            assert fact.evidence[0].quote in text.split("\n")[lines[0] - 1]


def test_previous_logs_that_are_gone() -> None:
    for name in ("crash-missing-env", "oom-killed"):
        commands = [c for c in load(name).matching("logs") if "--previous" in c.argv]
        assert commands
        for command in commands:
            assert {f.name: f.value for f in of(command)} == {
                "log.unavailable": "unable to retrieve container logs"
            }


def test_unavailable_words_inside_a_log_are_log() -> None:
    text = "container web in pod web-1 is waiting to start: x\nand on we go\n"
    assert values(facts_of(text), "log.lines") == {CONTAINER: 2}


def test_choose_a_container() -> None:
    stderr = "error: a container name must be specified for pod web-1, choose one of: [web proxy]"
    [fact] = facts_of("", move(), stderr, code=1)
    assert (fact.name, str(fact.subject)) == ("log.unavailable", "Pod/shop/web-1")
    assert "[web proxy]" in str(fact.value)


def test_failed_command_states_nothing() -> None:
    assert facts_of("", stderr='Error from server (NotFound): pods "x" not found', code=1) == []


@pytest.mark.parametrize(
    ("of_move", "stderr", "subject"),
    [
        (move(container="web"), "", "Pod/shop/web-1[web]"),
        (move(), "", "Pod/shop/web-1"),
        (move(), 'Defaulted container "web" out of: web, log', "Pod/shop/web-1[web]"),
        (move("deploy", "web"), "", "Deployment/shop/web"),
        (move("deployments.apps", "web", container="app"), "", "Deployment/shop/web[app]"),
        (move("job", "night", previous=True), "", "Job/shop/night"),
        (move(name=None, selector="app=web"), "", "Pod/shop/*"),
        (
            move().model_copy(update={"targets": (), "args": ("web-1", "app")}),
            "",
            "Pod/shop/web-1[app]",
        ),
        (move().model_copy(update={"targets": (), "args": ("sts/db",)}), "", "StatefulSet/shop/db"),
    ],
)
def test_subject(of_move: Move, stderr: str, subject: str) -> None:
    facts = facts_of("ERROR no space left on device\n", of_move, stderr)
    assert {str(fact.subject) for fact in facts} == {subject}


def test_prefixed_lines_belong_to_their_containers() -> None:
    text = (
        "[pod/web-1/web] ERROR DATABASE_URL must be set\n"
        "[pod/web-2/web] listening on :80\n[pod/web-1/log] ready\n"
    )
    facts = facts_of(text, move(name=None, selector="app=web", prefix=True))
    assert values(facts, "log.missing_env") == {"Pod/shop/web-1[web]": "DATABASE_URL"}
    assert values(facts, "log.listening") == {"Pod/shop/web-2[web]": 80}
    assert values(facts, "log.lines")["Pod/shop/web-1[log]"] == 1


def test_root_of_a_java_chain_wins() -> None:
    text = (
        "2024-05-01 10:00:00.000 ERROR 1 --- [main] o.s.boot.SpringApplication : Application run failed\n"
        "org.springframework.beans.BeanCreationException: Error creating bean\n\tat a.B.c(B.java:1)\n"
        "Caused by: org.hibernate.HibernateException: Unable to build\n\t... 3 more\n"
        'Caused by: org.postgresql.util.PSQLException: FATAL: database "ledger" does not exist\n'
    )
    [fact] = [fact for fact in facts_of(text) if fact.name == "log.error"]
    assert fact.evidence[0].lines == (6, 6)


def test_cause_beats_the_farewell() -> None:
    text = (
        "ERROR cannot reach store: dial tcp: lookup store on 10.96.0.10:53: no such host\n"
        "ERROR startup failed\nFATAL exiting\nnpm ERR! code 1\n"
    )
    [error] = values(facts_of(text), "log.error").values()
    assert isinstance(error, dict)
    assert error["category"] == "dns"


def test_repeats_are_counted_and_templated() -> None:
    text = "".join(
        f"ERROR attempt {n}: request 8f3a9c1d-1111-2222-3333-44445555666{n} lost\n"
        for n in range(5)
    )
    [error] = values(facts_of(text), "log.error").values()
    assert error == {"category": "error", "text": "attempt <n>: request <id> lost", "count": 5}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            'relation "salaries_2026_11" does not exist',
            'relation "salaries_2026_11" does not exist',
        ),
        ("dial tcp 10.0.0.1:5432 after 30s", "dial tcp <ip>:<n> after <n>"),
        ("at 2026-11-23T02:17:30.1Z pc=0x4a3f", "at <time> pc=<hex>"),
        (f"query '{'x' * 90}' failed", f"query '{'x' * 29}…' failed"),
    ],
)
def test_templated(message: str, text: str) -> None:
    assert templated(message) == text


def test_a_wait_that_is_over_is_no_wait() -> None:
    assert (
        values(facts_of("waiting for db\nwaiting for db\na\nb\nc\nready\n"), "log.waiting_for")
        == {}
    )
    assert values(facts_of("waiting for db\n"), "log.waiting_for") == {CONTAINER: "db"}


def test_hidden_characters_are_gone() -> None:
    text = "\x1b[31mERROR\x1b[0m secret \u202epassword\u202c zero\u200bwidth \x07bell DB_HOST must be set\n"
    for fact in facts_of(text):
        shown = f"{fact.value}{fact.evidence[0].quote}"
        assert shown.isprintable()
    assert values(facts_of(text), "log.missing_env") == {CONTAINER: "DB_HOST"}


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ('level=warn msg="slow \\"x\\""', Level.WARN, 'slow "x"'),
        ('{"level":"error","msg":"no","error":"EOF"}', Level.ERROR, "no: EOF"),
        ('{"severity":"CRITICAL","message":"down"}', Level.FATAL, "down"),
        ('{"level":50,"msg":"x"}', Level.ERROR, "x"),
        ("E0501 10:00:00.000000       1 main.go:3] broken", Level.ERROR, "broken"),
        ("2024-05-01 10:00:00,1 - app.db - ERROR - gone", Level.ERROR, "gone"),
        ("[2024-05-01T10:00:00Z WARN  app] low", Level.WARN, "app] low"),
        ("2024-05-01T10:00:00.1Z  INFO 1 --- [main] a.B : up", Level.INFO, "1 --- [main] a.B : up"),
        ("there is an ERROR in this sentence", Level.PLAIN, "there is an ERROR in this sentence"),
        ("F, [2024-05-01T10:00:00.1 #1] FATAL -- : out", Level.FATAL, "out"),
        ("{not json", Level.PLAIN, "{not json"),
        ("[" * 100_000, Level.PLAIN, "[" * 2000),
    ],
)  # fmt: skip
def test_read_line(line: str, level: Level, message: str) -> None:
    assert read_line(line)[:2] == (level, message)


def _hostile() -> dict[str, str]:
    dice = random.Random(5)
    word = "".join
    return {
        "one line of 1 MB": "a" * 1_000_000,
        "one error of 1 MB": "ERROR " + "dial tcp " * 110_000,
        "nested JSON": '{"a":' * 200_000,
        "JSON of 1 MB": '{"level":"error","msg":"' + "connection refused " * 52_000 + '"}',
        "empty lines": "\n" * 262_144,
        "short lines": "a\n" * 131_072,
        "different lines": word(f"{dice.randrange(10**9):x}\n" for _ in range(29_000)),
        "different errors": word(
            f"ERROR dial tcp {word(dice.choice('abcdefgh') for _ in range(10))}:1: connect: connection refused\n"
            for _ in range(4_000)
        ),
        "escapes": "\x1b]" * 131_072,
        "quotes": ("\"'" * 1000 + "\n") * 131,
        "pairs": "level=info " + 'msg="' * 50_000,
    }


@pytest.mark.parametrize("text", _hostile().values(), ids=_hostile().keys())
def test_hostile_text_takes_less_than_a_second(text: str) -> None:
    assert cpu_seconds(lambda: facts_of(text)) < 1.0


WORDS = st.sampled_from(
    ["ERROR", "level=", "Traceback (most recent call last):", "KeyError: '", "dial tcp ", ":5432",
     "connection refused", "{", "}", '"msg":', "waiting for ", "listening on :", "\n", " ", "\x1b[31m",
     "DATABASE_URL", " is not set", "panic: ", "[pod/a/b] ", "2026-11-23T02:17:30Z ", "\r", "￿", "\u202e"]
)  # fmt: skip


@given(
    st.one_of(st.text(), st.lists(st.one_of(WORDS, st.text(max_size=8))).map("".join)), st.text()
)
def test_any_text(stdout: str, stderr: str) -> None:
    for fact in facts_of(stdout, move(), stderr):
        lines = fact.evidence[0].lines
        assert lines is not None
        assert 1 <= lines[0] <= lines[1]
