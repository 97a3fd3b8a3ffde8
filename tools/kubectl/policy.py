"""Policy: which commands and flags may be used at all, read from tools/data/kubectl_policy.json.

Closed by default: a command runs only when the file's `open` section names it, with the flags
listed there. The classes and reasons of everything else are kept for the message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tools.kubectl.rejection import refuse
from tools.kubectl.resources import canonical, lookup
from tools.kubectl.tree import DATA, Path_
from tools.move import Move
from tools.verdict import Risk

POLICY_FILE = DATA / "kubectl_policy.json"

RISKS: dict[str, Risk] = {
    "R": "read",
    "S": "sensitive-read",
    "MN": "write-namespaced",
    "MC": "write-cluster",
    "I": "interactive",
    "X": "exfiltrating",
    "F": "forbidden",
}
"""The file's class letters in the words of a verdict."""

_FLAG_NAME = re.compile(r"--([a-z][a-z-]*)")


@dataclass(frozen=True)
class PolicyScope:
    """Where a run may look."""

    namespaces: frozenset[str] | None
    """Namespaces of the run; None means any."""
    cluster_scoped: bool = True
    """Whether nodes, storage classes and other objects outside namespaces may be read."""
    system: frozenset[str] = frozenset()
    """Namespaces of the cluster's own services, which every other one depends on: beside the run's
    own, SHARED_KINDS may be got there, and nothing else."""


EVERYWHERE = PolicyScope(namespaces=None)
SHARED_KINDS = frozenset({"deployments", "daemonsets", "services", "endpointslices"})
"""What tells whether a service of the cluster (DNS, metrics) runs. No logs, no configuration."""


class Opening(NamedTuple):
    """What the policy allows of one command."""

    form: str
    """Name of the positional form, see targets.FORMS."""
    flags: frozenset[str]


class Limits(NamedTuple):
    """Bounds that the policy sets; those with a name in build_argv are set by code."""

    tail: int
    default_tail: int
    limit_bytes: int
    max_log_requests: int
    timeout_s: int
    longest_timeout_s: int
    replicas: int
    since_s: int
    chunk_size: int
    request_timeout_s: int
    pod_running_timeout_s: int


class Policy:
    """The file with look-ups made once."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """Raises KeyError or TypeError when the file is not of this form.

        It ships with the package.
        """
        self._classes = {
            tuple(name.split()): (RISKS[entry["class"]], str(entry["why"]))
            for name, entry in raw["commands"].items()
        }
        self._open = {
            tuple(name.split()): Opening(entry["form"], frozenset(entry["flags"]))
            for name, entry in raw["open"].items()
        }
        self.forbidden_flags = _flag_names(raw["flags"]["F"])
        self.endless_flags = frozenset(_flag_names(raw["flags"]["I"]))
        self.limits = Limits(**raw["limits"])
        self.protected_namespaces = frozenset(raw["protected_namespaces"])
        self.protected_key_prefixes = tuple(raw["protected_key_prefixes"])
        self.forbidden_env = tuple(raw["forbidden_env"])
        self.secret_readers = {
            command: dict(kinds) for command, kinds in raw["secret_readers"].items()
        }
        """Verb -> kinds whose answer makes kubectl itself read Secrets, with the reason."""
        self.deletable = frozenset(raw["deletable"])
        self.forbidden_patch_fields = frozenset(raw["forbidden_patch_fields"])

    @classmethod
    @cache
    def load(cls, file: Path = POLICY_FILE) -> Policy:
        """The packed policy. Raises OSError or ValueError when the installation is broken."""
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def screen_command(self, path: Path_) -> None:
        """Raises Rejection for commands that no flag makes acceptable."""
        risk, why = self._classes.get(path, ("read", ""))
        if risk in ("forbidden", "exfiltrating"):
            refuse(
                "policy",
                "forbidden-command",
                f"`kubectl {' '.join(path)}` is never run: {why}.",
                "use get, describe, logs, events or rollout history",
                risk=risk,
            )

    def screen_flag(self, path: Path_, name: str) -> None:
        """Raises Rejection for flags that are never a move's to give."""
        if name not in self.forbidden_flags:
            return
        opening = self._open.get(path)
        if opening is not None and name in opening.flags:
            return
        why = self.forbidden_flags[name]
        refuse(
            "policy",
            "forbidden-flag",
            f"--{name} is not a move's to give{f': {why}' if why else ''}.",
            f"leave --{name} out",
        )

    def runs_alone(self, path: Path_) -> bool:
        """Whether a command that has subcommands may also stand without one."""
        return path in self._open

    def opening(self, path: Path_) -> Opening:
        """What is open of a command. Raises Rejection when nothing is."""
        found = self._open.get(path)
        if found is None:
            risk, why = self._classes.get(path, ("forbidden", "the policy does not know it"))
            refuse(
                "policy",
                "closed-command",
                f"`kubectl {' '.join(path)}` is not open to moves: {why}.",
                "use get, describe, logs, events or rollout history",
                risk=risk,
            )
        return found

    def screen_kinds(self, move: Move) -> None:
        """Raises Rejection for kinds that kubectl cannot show without reading Secrets."""
        readers = self.secret_readers.get(move.command[0], {})
        for target in move.targets:
            why = readers.get(canonical(target.resource))
            if why:
                refuse(
                    "policy",
                    "secret-read",
                    f"{why}.",
                    f"kubectl get {target.resource} {target.name or ''} -o yaml".replace("  ", " "),
                )

    def risk(self, path: Path_) -> Risk:
        """Risk class of a command; forbidden for unknown ones."""
        return self._classes.get(path, ("forbidden", ""))[0]

    def place(self, move: Move, scope: PolicyScope) -> Move:
        """The move with its namespace settled.

        Raises Rejection outside the scope and for changes on protected ground.
        """
        if move.command[0] in _NOWHERE:
            return move
        if not scope.cluster_scoped and _touches_cluster(move):
            refuse("policy", "cluster-scope", "This run reads nothing outside its namespaces.")
        if cluster_only(move):
            return move
        writes = self.risk(move.command) == "write-namespaced"
        move = self._settled(move, scope, writes)
        if writes and move.namespace in self.protected_namespaces:
            refuse(
                "policy",
                "protected-namespace",
                f"Nothing is changed in {move.namespace}.",
                risk="write-namespaced",
            )
        return move

    def _settled(self, move: Move, scope: PolicyScope, writes: bool) -> Move:
        allowed = scope.namespaces
        if allowed is None:
            if writes and move.namespace is None:
                refuse(
                    "policy",
                    "namespace-missing",
                    "A change names its namespace, so that what is approved is what runs.",
                    "add -n NAMESPACE",
                    risk="write-namespaced",
                )
            return move
        if move.namespace in scope.system and not move.all_namespaces and _shared(move):
            return move
        choice = " or ".join(f"-n {name}" for name in sorted(allowed)[:5])
        if move.all_namespaces or (move.namespace is not None and move.namespace not in allowed):
            where = move.namespace or "other namespaces"
            refuse("policy", "other-namespace", f"{where} is outside this run's scope.", choice)
        if move.namespace is None:
            if len(allowed) != 1:
                refuse("policy", "namespace-missing", "This run has several namespaces.", choice)
            return move.model_copy(update={"namespace": next(iter(allowed))})
        return move


def _shared(move: Move) -> bool:
    """Whether a move only gets kinds that show the state of a service of the cluster."""
    kinds = [lookup(target.resource) for target in move.targets]
    return (
        move.command == ("get",)
        and bool(kinds)
        and all(kind is not None and kind.plural in SHARED_KINDS for kind in kinds)
    )


_NOWHERE = frozenset({"explain", "api-resources", "api-versions", "version", "cluster-info"})
"""Commands that read no object of any namespace."""


def cluster_only(move: Move) -> bool:
    """Whether every target is a built-in kind outside namespaces."""
    if move.command == ("auth", "whoami"):
        return True
    kinds = [lookup(target.resource) for target in move.targets]
    return bool(kinds) and all(kind is not None and not kind.namespaced for kind in kinds)


def _touches_cluster(move: Move) -> bool:
    """Whether some target is a built-in kind outside namespaces."""
    kinds = [lookup(target.resource) for target in move.targets]
    return any(kind is not None and not kind.namespaced for kind in kinds)


def _flag_names(section: Mapping[str, str]) -> dict[str, str]:
    """Long names in the file's keys.

    Keys with a condition ("with a mutation", "=0") are rules of their own.
    """
    found = {}
    for key, why in section.items():
        if "mutation" in key or "=0" in key:
            found.update(dict.fromkeys(["now"], why) if "--now" in key else {})
            continue
        name = key.split("(")[0].split("=")[0]
        found.update(dict.fromkeys(_FLAG_NAME.findall(name), why))
        if name == "-v":
            found["v"] = why
    return found
