"""Prompt: the one place where a state becomes text for a model, for the agent and for training alike.

Two styles. `magos`: plain names and natural words, the command asked for first. `nano`: objects as short
handles (`@3`), because a model of a few million parameters learns which move to make but not to copy
hashed names; whoever uses the answer puts the names back (`expand`).

What grows with a run comes first (its log: every entry is rendered by what was known when it was told, so
that no later one changes it) and what changes with each move last, so that the backend's cache of the move
before holds most of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

from model.protocol import PromptState, Segment, StyleError, Told

PROMPT_VERSION = 4
"""Goes up with every change of what is rendered; training data and weights name the one they know."""
Style = Literal["magos", "nano"]
STYLES: tuple[Style, ...] = ("magos", "nano")
STYLE_KEY, VERSION_KEY = "magos.prompt_style", "magos.prompt_version"
TEMPLATE_KEY = "magos.prompt_template"
"""Keys of a GGUF file's metadata. The published magos has none of them."""
LONGEST_LINE = 400
"""Characters of one fact or hint."""
LONGEST_REFERENCE = 1200
"""Characters of one reference; whoever finds them keeps to a budget for all."""
SYSTEM = (
    "You debug Kubernetes. Answer with the next command first, on one line, and nothing else."
    " Use only names that stand below. Only look: change nothing. Commands look like these:\n"
    "kubectl get KIND [NAME] -n NAMESPACE [-l KEY=VALUE] -o json\n"
    "kubectl describe KIND NAME -n NAMESPACE\n"
    "kubectl logs POD -n NAMESPACE -c CONTAINER --tail=50 [--previous]\n"
    "kubectl events -n NAMESPACE [--for KIND/NAME]\n"
    "kubectl rollout history KIND/NAME -n NAMESPACE\n"
    "kubectl top pods -n NAMESPACE --containers"
)
"""The forms are for models that write without a grammar: they invent flags else (`logs --limit`)."""
START, END = "<|im_start|>", "<|im_end|>"
_HANDLE = re.compile(r"(?<![\w.@-])@(\d{1,4})(?![\w.@])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\u202a-\u202e\u2066-\u2069]+")
_MARK = re.compile(r"<(?=[|\uff5c/A-Za-z_])|\[(?=\||/?g?[A-Z_]{3,}\])")
"""How special tokens of known models begin: `<|im_end|>`, `</s>`, DeepSeek's `<\uff5cUser\uff5c>`, `[INST]`,
`[TOOL_CALLS]`, `[gMASK]`, `[|user|]`."""
_TURN = re.compile(r"<\|im_start\|>(\w+)\n|<\|im_end\|>\n?")
_HEX = 12


class Message(NamedTuple):
    """One message of a chat."""

    role: str
    content: str


def render(state: PromptState, style: Style) -> tuple[Segment, ...]:
    """The prompt of one move. Everything that comes from a cluster or a person is untrusted."""
    return tuple(_magos(state) if style == "magos" else _nano(state))


def metadata(style: Style) -> dict[str, str]:
    """What a GGUF file of weights trained on these prompts says about them."""
    return {
        STYLE_KEY: style,
        VERSION_KEY: str(PROMPT_VERSION),
        TEMPLATE_KEY: template_hash(style),
    }


def style_of(says: Mapping[str, str]) -> Style:
    """How prompts for a file with this metadata are written; magos' way where it does not say.

    Raises StyleError for weights that know another rendering: they would answer noise.
    """
    name = says.get(STYLE_KEY, "magos")
    style = next((style for style in STYLES if style == name), None)
    if style is None:
        raise StyleError(
            f"it wants prompts of style {name!r}; this version has {', '.join(STYLES)}"
        )
    ours = metadata(style)
    wrong = [key for key in (VERSION_KEY, TEMPLATE_KEY) if says.get(key, ours[key]) != ours[key]]
    if wrong:
        theirs = ", ".join(f"{key} {says[key]}, not {ours[key]}" for key in wrong)
        raise StyleError(f"it was trained on prompts of another version ({theirs})")
    return style


def expand(text: str, handles: Sequence[str]) -> str:
    """The text with `@3` replaced by the name of the third object; unknown handles stay as they are."""

    def name(found: re.Match[str]) -> str:
        number = int(found[1])
        return name_of(handles[number - 1]) if 0 < number <= len(handles) else found[0]

    return _HANDLE.sub(name, text)


def name_of(handle: str) -> str:
    """The object's name: the last part of `Kind/namespace/name`."""
    return handle.rsplit("/", 1)[-1]


def prompt_hash(segments: Iterable[Segment]) -> str:
    """What tells two rendered prompts apart, 12 hexadecimal digits of a SHA-256."""
    digest = hashlib.sha256()
    for segment in segments:
        data = segment.text.encode("utf-8", "replace")
        digest.update(f"{segment.trusted:d}{len(data)}:".encode() + data)
    return digest.hexdigest()[:_HEX]


@cache
def template_hash(style: Style) -> str:
    """What tells two ways of rendering apart: the hash of one fixed state, rendered."""
    return prompt_hash(render(_FIXED, style))


def chat(prompt: Sequence[Segment]) -> list[Message]:
    """A rendered prompt as messages, for servers that have a chat template of their own.

    Such servers read special tokens wherever they are spelt, so those of untrusted text are broken up.
    """
    messages: list[Message] = []
    for segment in prompt:
        if segment.trusted:
            _turns(segment.text, messages)
        else:
            _say(_MARK.sub(lambda found: found[0] + " ", segment.text), messages)
    return [Message(role, content.strip()) for role, content in messages if content.strip()]


def _magos(state: PromptState) -> Iterable[Segment]:
    yield _ours(f"{START}system\n{SYSTEM}{END}\n{START}user\n")
    if state.log:
        yield _ours("Found so far:\n")
        for told in state.log:
            if told.kind == "fact":  # objects are in the facts already, by their names
                yield from _line("- ", told.text)
            elif told.kind == "reference":
                yield from _line("- see ", told.text, LONGEST_REFERENCE)
    yield from _section("Known facts:\n", "- ", state.facts)
    yield from _section("Find out: ", "", (state.objective,))
    yield from _section("These were wrong, do not repeat them:\n", "- ", state.rejections)
    yield _ours(f"Command:{END}\n{START}assistant\n")


def _nano(state: PromptState) -> Iterable[Segment]:
    short = _shortener(state.handles)
    yield _ours(f"{START}user\n")
    told = 0
    if state.log:
        yield _ours("log:\n")
        told = yield from _nano_log(state.log)
    rest = list(enumerate(state.handles, start=1))[told:]
    yield from _section("objects:\n", "", [_kind(handle, number) for number, handle in rest])
    yield from _section("facts:\n", "", [short(fact) for fact in state.facts])
    yield from _section("objective: ", "", (short(state.objective),))
    yield from _section("wrong:\n", "", [short(hint) for hint in state.rejections])
    yield _ours(f"{END}\n{START}assistant\n")


def _nano_log(log: Sequence[Told]) -> Generator[Segment, None, int]:
    """The log's lines; how many objects it numbers."""
    known: list[str] = []
    short = _shortener(known)
    for told in log:
        if told.kind == "object":
            known.append(told.text)
            short = _shortener(known)
            yield from _line("", _kind(told.text, len(known)))
        elif told.kind == "fact":
            yield from _line("", short(told.text))
        else:
            yield from _line("see ", told.text, LONGEST_REFERENCE)
    return len(known)


def _line(mark: str, text: str, longest: int = LONGEST_LINE) -> Iterable[Segment]:
    if mark:
        yield _ours(mark)
    yield Segment(text=_one_line(text, longest))
    yield _ours("\n")


def _section(title: str, mark: str, lines: Iterable[str]) -> Iterable[Segment]:
    said = [line for line in (_one_line(text, LONGEST_LINE) for text in lines) if line]
    if said:
        yield _ours(title + mark)
    for number, line in enumerate(said, start=1):
        yield Segment(text=line)
        yield _ours("\n" if number == len(said) else f"\n{mark}")


def _one_line(text: str, longest: int) -> str:
    """One line without control characters, so that no text can pretend to be another part."""
    line = " ".join(_CONTROL.sub(" ", text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _kind(handle: str, number: int) -> str:
    return f"@{number} {handle.split('/', 1)[0]}"


def _shortener(handles: Sequence[str]) -> Callable[[str], str]:
    """What writes handles for objects: for `Kind/namespace/name` and for names that stand alone."""
    found: dict[str, str] = {}
    for number, handle in enumerate(handles, start=1):
        kind, _, rest = handle.partition("/")
        found.setdefault(handle, f"@{number}")
        for word in (kind, kind.lower()):  # a Service and its Deployment share a name
            found.setdefault(f"{word} {rest}", f"{word} @{number}")
            found.setdefault(f"{word} {name_of(handle)}", f"{word} @{number}")
        found.setdefault(name_of(handle), f"@{number}")
    if not found:
        return lambda text: text
    words = "|".join(re.escape(word) for word in sorted(found, key=len, reverse=True))
    # Containers have no numbers: one that is called as its Deployment keeps its name.
    pattern = re.compile(rf"(?<![\w./@=\[-])(?<!container )(?:{words})(?![\w-]|[./]\w)")
    return lambda text: pattern.sub(lambda match: found[match[0]], text)


def _turns(text: str, messages: list[Message]) -> None:
    at = 0
    for mark in _TURN.finditer(text):
        _say(text[at : mark.start()], messages)
        if mark[1]:
            messages.append(Message(mark[1], ""))
        at = mark.end()
    _say(text[at:], messages)


def _say(text: str, messages: list[Message]) -> None:
    if not messages:
        messages.append(Message("user", ""))
    messages[-1] = messages[-1]._replace(content=messages[-1].content + text)


def _ours(text: str) -> Segment:
    return Segment(text=text, trusted=True)


_FIXED = PromptState(
    objective="Read why container web of Pod/shop/web-1 restarts.",
    log=(
        Told(kind="object", text="Namespace/shop"),
        Told(kind="fact", text="Pod/shop/web-1 pod.ready = false"),
        Told(kind="reference", text="[runbook.md] Restarts: read the log first"),
    ),
    facts=("Pod/shop/web-1[app] container.exit.code = 1", "Deployment/shop/web ready = 0"),
    rejections=("did you mean --previous?",),
    handles=("Namespace/shop", "Pod/shop/web-1", "Deployment/shop/web"),
)
