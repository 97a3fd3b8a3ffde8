"""Rules between the parts of one command.

What excludes what, what is required, and what a change may say.
"""

from __future__ import annotations

from collections.abc import Callable

from tools.kubectl import changes
from tools.kubectl.policy import Policy
from tools.kubectl.rejection import repair
from tools.kubectl.shapes import FIELD_PATH
from tools.kubectl.targets import resource_word, target
from tools.move import Move

CAN_I_VERBS = frozenset(
    {"*", "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
    | {"use", "bind", "escalate", "impersonate", "approve", "sign", "proxy"}
)
REQUIRED = {
    ("wait",): ("for",),
    ("scale",): ("replicas",),
    ("patch",): ("patch",),
    ("expose",): ("port",),
    ("autoscale",): ("max",),
    ("create", "deployment"): ("image",),
    ("create", "cronjob"): ("image", "schedule"),
}
"""Flags without which kubectl would only print an error."""


def check(move: Move, policy: Policy) -> None:
    """Raises Rejection when the parts do not go together or a change says what no change may."""
    for flag in REQUIRED.get(move.command, ()):
        if flag not in move.flags:
            name = " ".join(move.command)
            repair("missing-flag", f"`kubectl {name}` needs --{flag}.", f"--{flag}=VALUE")
    _selection(move)
    read_rule = _READS.get(move.command)
    if read_rule is not None:
        read_rule(move)
    change_rule = changes.RULES.get(move.command)
    if change_rule is not None:
        change_rule(move, policy)


def _selection(move: Move) -> None:
    """Names, selectors and -A exclude one another as kubectl has it."""
    flags = move.flags
    named = any(target.name for target in move.targets)
    selected = "selector" in flags or "field-selector" in flags
    if named and selected and move.command[0] != "create":
        repair(
            "conflicting-flags",
            "A name and a selector exclude one another.",
            "leave out the name or the selector",
        )
    if move.all_namespaces and move.namespace:
        repair("conflicting-flags", "-A and -n exclude one another.", "leave out -n or -A")
    if named and move.all_namespaces:
        repair(
            "conflicting-flags",
            "An object is not found by its name across all namespaces.",
            "-n NAMESPACE instead of -A",
        )


def _get(move: Move) -> None:
    if move.flags.get("show-labels") and move.flags.get("output", "wide") != "wide":
        repair(
            "conflicting-flags",
            "--show-labels is a column of the table, and -o asks for another form.",
            "leave out --show-labels or -o",
        )
    if "subresource" in move.flags and not all(target.name for target in move.targets):
        repair(
            "missing-argument",
            "--subresource needs a name.",
            "kubectl get TYPE NAME --subresource=status",
        )


def _logs(move: Move) -> None:
    flags = move.flags
    if not move.targets and "selector" not in flags:
        repair("missing-argument", "logs needs a pod.", "kubectl logs POD -n NAMESPACE")
    if "since" in flags and "since-time" in flags:
        repair("conflicting-flags", "--since and --since-time exclude one another.", "--since=1h")
    if flags.get("all-containers") and "container" in flags:
        repair("conflicting-flags", "-c and --all-containers exclude one another.", "-c CONTAINER")


def _wait(move: Move) -> None:
    if not (
        any(t.name for t in move.targets)
        or "selector" in move.flags
        or "field-selector" in move.flags
    ):
        repair(
            "missing-argument",
            "wait needs a name or a selector.",
            "kubectl wait --for=condition=Ready pod/NAME",
        )


def _explain(move: Move) -> None:
    word = move.args[0]
    if len(word) > 200 or not FIELD_PATH.fullmatch(word):
        repair(
            "bad-argument", f"`{word[:40]}` is not TYPE.FIELD.", "kubectl explain deployment.spec"
        )


def _can_i(move: Move) -> None:
    if move.flags.get("list"):
        if move.all_namespaces or "quiet" in move.flags or "subresource" in move.flags:
            repair(
                "conflicting-flags",
                "--list goes with neither -A, --quiet nor --subresource.",
                "kubectl auth can-i --list -n NAMESPACE",
            )
        if move.args:
            repair("too-many-arguments", "--list takes no verb.", "kubectl auth can-i --list")
        return
    if len(move.args) != 2:
        repair(
            "missing-argument", "can-i needs a verb and a resource.", "kubectl auth can-i get pods"
        )
    verb, resource = move.args
    if verb not in CAN_I_VERBS:
        repair(
            "bad-argument",
            f"`{verb[:40]}` is not a verb.",
            "get, list, watch, create, patch or delete",
        )
    if resource == "*" or resource.partition("/")[0].partition(".")[0] in ("secret", "secrets"):
        return  # asking whether Secrets could be read shows no Secret
    if "/" in resource:
        target(resource)
    else:
        resource_word(resource)


_READS: dict[tuple[str, ...], Callable[[Move], None]] = {
    ("get",): _get,
    ("logs",): _logs,
    ("wait",): _wait,
    ("explain",): _explain,
    ("auth", "can-i"): _can_i,
}
