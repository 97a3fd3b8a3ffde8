"""Rules of commands that change something: what a change may say before a person is asked.

The reasons are in the policy file: machinery's own labels, variables that start other programs,
fields that reach the node. Whether the change is wise is for rehearsal and approval to say.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fnmatch import fnmatchcase

from tools.kubectl import selectors
from tools.kubectl.policy import Policy
from tools.kubectl.rejection import refuse, repair
from tools.kubectl.resources import canonical
from tools.kubectl.shapes import DNS_LABEL, IMAGE, PLAIN
from tools.move import Move

Rule = Callable[[Move, Policy], None]

MAX_PATCH_DEPTH = 24
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def _delete(move: Move, policy: Policy) -> None:
    if len(move.targets) != 1 or not move.targets[0].name:
        refuse(
            "policy",
            "several-objects",
            "delete names exactly one object.",
            "kubectl delete pod/NAME -n NAMESPACE",
        )
    if canonical(move.targets[0].resource) not in policy.deletable:
        refuse(
            "policy",
            "protected-kind",
            f"Only {' and '.join(sorted(policy.deletable))} are deleted.",
            "scale, undo the rollout or change the owner instead",
            risk="write-cluster",
        )


def _set_image(move: Move, policy: Policy) -> None:
    for container, image in _pairs(move):
        if not DNS_LABEL.fullmatch(container) or not IMAGE.fullmatch(image) or len(image) > 255:
            repair(
                "bad-argument",
                f"`{container[:30]}={image[:30]}` is not CONTAINER=IMAGE.",
                "CONTAINER=IMAGE:TAG",
            )


def _set_env(move: Move, policy: Policy) -> None:
    if "from" in move.flags and not move.args:
        return
    for key, value in _pairs(move, removable=True):
        name = key.upper()
        if any(fnmatchcase(name, pattern) for pattern in policy.forbidden_env):
            refuse(
                "policy",
                "forbidden-env",
                f"{key} changes how programs are started.",
                risk="write-namespaced",
            )
        if (
            not key.replace("_", "a").isalnum()
            or key[0].isdigit()
            or (value and not PLAIN.fullmatch(value.lstrip("/")))
        ):
            repair("bad-argument", f"`{key[:40]}` is not NAME=VALUE.", "NAME=VALUE")


def _set_resources(move: Move, policy: Policy) -> None:
    if "limits" not in move.flags and "requests" not in move.flags:
        repair(
            "missing-flag", "set resources needs --limits or --requests.", "--limits=memory=512Mi"
        )


def _metadata(move: Move, policy: Policy) -> None:
    for key, value in _pairs(move, removable=True):
        if not selectors.LABEL_KEY.fullmatch(key) or (value and not PLAIN.fullmatch(value)):
            repair("bad-argument", f"`{key[:40]}` is not KEY=VALUE.", "KEY=VALUE")
        if key.startswith(policy.protected_key_prefixes):
            refuse(
                "policy",
                "protected-key",
                f"{key} belongs to the machinery.",
                risk="write-namespaced",
            )


def _taint(move: Move, policy: Policy) -> None:
    if not move.args:
        repair("missing-argument", "taint needs KEY=VALUE:EFFECT.", "KEY=VALUE:NoSchedule")
    for word in move.args:
        pair, _, effect = word.removesuffix("-").partition(":")
        key, _, value = pair.partition("=")
        removes = word.endswith("-")
        if (
            not selectors.LABEL_KEY.fullmatch(key)
            or not selectors.LABEL_VALUE.fullmatch(value)
            or effect not in (*EFFECTS, *([""] if removes else []))
        ):
            repair(
                "bad-argument",
                f"`{word[:40]}` is not a taint.",
                "KEY=VALUE:NoSchedule or KEY:NoSchedule-",
            )


def _patch(move: Move, policy: Policy) -> None:
    """Inline merge and strategic patches only, none that reaches for node or machinery."""
    if move.flags.get("type", "strategic") == "json":
        refuse(
            "policy",
            "json-patch",
            "A JSON patch is not idempotent.",
            "--type=merge",
            risk="write-namespaced",
        )
    try:
        document = json.loads(str(move.flags["patch"]), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        repair(
            "bad-argument",
            "-p is not one JSON object with every key once.",
            """-p '{"spec":{"replicas":2}}'""",
        )
    if not isinstance(document, dict):
        repair("bad-argument", "-p is not a JSON object.", """-p '{"spec":{"replicas":2}}'""")
    _walk(document, policy, 0)


def _walk(node: object, policy: Policy, depth: int) -> None:
    if depth > MAX_PATCH_DEPTH:
        refuse("policy", "too-deep", "The patch is nested too deeply.", risk="write-namespaced")
    if isinstance(node, dict):
        for key, value in node.items():
            if key in policy.forbidden_patch_fields or key.startswith("$"):
                refuse(
                    "policy",
                    "forbidden-field",
                    f"A patch does not set {key[:40]}.",
                    risk="write-namespaced",
                )
            if key in ("annotations", "labels") and isinstance(value, dict):
                for name in value:
                    if name.startswith(policy.protected_key_prefixes):
                        refuse(
                            "policy",
                            "protected-key",
                            f"{name} belongs to the machinery.",
                            risk="write-namespaced",
                        )
            _walk(value, policy, depth + 1)
    elif isinstance(node, list):
        for item in node:
            _walk(item, policy, depth + 1)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _pairs(move: Move, *, removable: bool = False) -> list[tuple[str, str]]:
    """`KEY=VALUE` arguments; with `removable` also `KEY-`, whose value is empty."""
    if not move.args:
        repair(
            "missing-argument", f"`kubectl {' '.join(move.command)}` needs KEY=VALUE.", "KEY=VALUE"
        )
    found = []
    for word in move.args:
        key, equals, value = word.partition("=")
        if not equals and removable and word.endswith("-"):
            key = word[:-1]
        elif not equals or (not value and not removable):
            repair("bad-argument", f"`{word[:40]}` is not KEY=VALUE.", "KEY=VALUE")
        if not key:
            repair("bad-argument", f"`{word[:40]}` is not KEY=VALUE.", "KEY=VALUE")
        found.append((key, value))
    return found


def _selector_pairs(move: Move, policy: Policy) -> None:
    if len(move.args) != 1:
        repair(
            "missing-argument",
            "set selector needs one selector.",
            "kubectl set selector service/NAME app=web",
        )
    selectors.labels(move.args[0])


def _account(move: Move, policy: Policy) -> None:
    if len(move.args) != 1 or not DNS_LABEL.fullmatch(move.args[0]):
        repair(
            "missing-argument",
            "set serviceaccount needs one name.",
            "kubectl set serviceaccount deploy/NAME ACCOUNT",
        )


def _create_job(move: Move, policy: Policy) -> None:
    if ("image" in move.flags) == ("from" in move.flags):
        repair("missing-flag", "create job needs --image or --from.", "--from=cronjob/NAME")


RULES: dict[tuple[str, ...], Rule] = {
    ("delete",): _delete,
    ("set", "image"): _set_image,
    ("set", "env"): _set_env,
    ("set", "resources"): _set_resources,
    ("set", "selector"): _selector_pairs,
    ("set", "serviceaccount"): _account,
    ("label",): _metadata,
    ("annotate",): _metadata,
    ("taint",): _taint,
    ("patch",): _patch,
    ("create", "job"): _create_job,
}
"""Rules by command; each raises Rejection."""
