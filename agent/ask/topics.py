"""Topics: which complaint words are about, and which commands come next. Pure; the table is topics.yaml."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from tools.kubectl.resources import lookup

FILE = Path(__file__).with_name("topics.yaml")
TOKEN = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where the words of an alert's name meet: `KubePodCrashLooping`, `CPUThrottlingHigh`."""
ADDRESS = re.compile(r"https?://|\b[a-z]+/(?=[a-z])")
"""What tells no complaint: that an address is one, and the kind in `deployment/checkout`."""
ERROR, WORD, HINT, TYPO = 3.0, 2.0, 1.0, 1.5
"""Points: an error message says most, a hint least."""
LIKE = 0.81
"""difflib similarity from which a word is a slip of the keyboard: `latensy`; not `redis` of `creds`."""
SHORTEST_TYPO = 5
"""Letters of a word below which a slip makes another word."""
MOST_ADDED = 2
"""Letters that a slip, or an ending, adds to a word."""
LEAD_IN = frozenset(
    (
        *("please", "pls", "can", "could", "would", "you", "u", "how", "do", "i", "to", "want"),
        *("need", "just", "should", "shall", "we", "let", "lets", "us", "me", "the", "ok", "hey"),
        *("hi", "so", "and", "then", "kubectl", "rollout", "must", "have"),
    )
)
"""Words before the verb of a request: `can you please restart checkout`."""


class Strict(BaseModel):
    """A typing slip in the table is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(Strict):
    """One command that may come next."""

    text: str
    """Canonical wording of the objective, jinja."""
    verbs: tuple[str, ...]
    """Commands that a model may use for it."""
    move: str
    """The command, jinja; empty where it does not apply."""
    tells: str
    """What its answer would tell."""
    changes: bool = False
    """Whether it changes the cluster."""
    finds: bool = False
    """Whether it is a list in which the object that is meant is to be found."""
    absent: str = ""
    """What it means that the cluster has not what the step reads."""
    given: bool = False
    """Whether it is what was asked for, word for word, which no model is to write anew."""


class Topic(Strict):
    """One kind of complaint."""

    words: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    """Symptoms of workloads that fit; `*` is any."""
    why: str
    """Why this is where to look."""
    steps: tuple[str, ...]
    """Names of steps, the best first."""
    asks: str = ""
    """The question back when none of them can be taken; empty: look around instead."""


class Action(Strict):
    """A request to change something."""

    words: tuple[str, ...]
    why: str = "It was asked for, and it changes the cluster."
    steps: tuple[str, ...]
    asks: str = ""
    """The question back when nothing is named; empty: look around instead."""


class Table(Strict):
    """The whole of topics.yaml."""

    plain: frozenset[str]
    """Words of sentences, which name no object by themselves."""
    steps: dict[str, Step]
    actions: dict[str, Action]
    topics: dict[str, Topic]


@cache
def table() -> Table:
    """The packed table."""
    return Table.model_validate(YAML(typ="safe", pure=False).load(FILE.read_text(encoding="utf-8")))


def tokens(text: str) -> list[str]:
    """Lower-case words in order, hyphens and dots inside them kept, accents dropped."""
    return TOKEN.findall(folded(text).replace("'", ""))


def folded(text: str) -> str:
    """Lower case without accents: names have none, and words of other languages match without."""
    apart = unicodedata.normalize(
        "NFKD", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    return "".join(c for c in apart if not unicodedata.combining(c))


def topic_of(question: str, name: str = "") -> str | None:
    """The topic with most points, earlier ones first among equals; None when no word is known.

    name: of the object that is meant; a Deployment `worker` is no word about nodes.
    """
    lowered = " ".join(folded(question).split())
    question = ADDRESS.sub(_kept, question)
    said = list(dict.fromkeys((*tokens(question), *tokens(CAMEL.sub(" ", question)))))
    said = [word for word in said if word != name]
    if action_of(question) is not None and not _any_of(table().topics["control"].hints, said):
        # `kubectl get pods -w` is no complaint about kubectl, `kubectl get pods hangs` is one.
        said = [word for word in said if word != "kubectl"]
    best, most = None, 0.0
    for name, topic in table().topics.items():
        points = _points(topic, lowered, said)
        if points > most:
            best, most = name, points
    return best


def action_of(question: str) -> str | None:
    """What is asked for; `pods restart` is a complaint, `restart the pods` and `kubectl restart` are not."""
    said = tokens(question)
    at = said.index("kubectl") if "kubectl" in said else 0
    verb = next((word for word in said[at:] if word not in LEAD_IN), None)
    return next((n for n, action in table().actions.items() if verb in action.words), None)


@cache
def is_vocabulary(word: str) -> bool:
    """Whether a word belongs to some complaint, so that it is no object's name by itself."""
    patterns = [p for topic in table().topics.values() for p in (*topic.words, *topic.hints)]
    verbs = {verb for action in table().actions.values() for verb in action.words}
    return word in verbs or any(_matches(pattern, word) for pattern in patterns)


@cache
def is_plain(word: str) -> bool:
    """Whether it is a word of sentences, in any of its endings: `use`, `uses`, `used`, `using`."""
    stems = {word, *(word.removesuffix(ending) for ending in ("s", "es", "d", "ed", "ing"))}
    stems |= {stem + "e" for stem in stems if stem + "ing" == word}
    return any(stem in table().plain for stem in stems if stem == word or len(stem) > 2)


def is_known(word: str) -> bool:
    """Whether it is a plain word of a sentence, or one of complaints."""
    return is_plain(word) or is_vocabulary(word)


def without_errors(question: str) -> str:
    """The question in lower case without phrases of messages, whose words are no names."""
    lowered = question.lower()
    for topic in table().topics.values():
        for phrase in topic.errors:
            lowered = lowered.replace(phrase, " ") if " " in phrase else lowered
    return lowered


@cache
def is_slip(word: str) -> bool:
    """Whether a word is one of complaints, mistyped."""
    return any(_slipped(p, word) for topic in table().topics.values() for p in topic.words)


def _points(topic: Topic, lowered: str, said: list[str]) -> float:
    points = sum(ERROR for piece in topic.errors if piece in lowered)
    for word in said:
        if any(_matches(pattern, word) for pattern in topic.words):
            points += WORD
        elif any(_matches(pattern, word) for pattern in topic.hints):
            points += HINT
        elif not is_known(word) and any(_slipped(pattern, word) for pattern in topic.words):
            points += TYPO
    return points


def _kept(found: re.Match[str]) -> str:
    word = found[0].rstrip("/")
    return found[0] if "://" not in found[0] and lookup(word) is None else " "


def _any_of(patterns: Iterable[str], said: list[str]) -> bool:
    return any(_matches(pattern, word) for pattern in patterns for word in said)


def _matches(pattern: str, word: str) -> bool:
    if pattern.endswith("*"):
        # A name such as `node-exporter` is no word about nodes.
        return word.startswith(pattern[:-1]) and not word[len(pattern) - 1 :].startswith(("-", "."))
    return word == pattern


@cache
def _slipped(pattern: str, word: str) -> bool:
    stem = pattern.rstrip("*")
    if min(len(stem), len(word)) < SHORTEST_TYPO:
        return False
    near = len(word) - len(stem) <= MOST_ADDED  # `restaurant` is no `restart`
    if near and SequenceMatcher(None, stem, word, autojunk=False).ratio() >= LIKE:
        return True
    start = word[
        : len(stem)
    ]  # two letters may have changed places in it, no more: not `prome|theus`
    return pattern.endswith("*") and sorted(start) == sorted(stem)
