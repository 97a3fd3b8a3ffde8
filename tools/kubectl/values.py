"""Values of kubectl flags: each brought into one spelling, or refused.

The tree has already checked types and enums; here stand the bounds and shapes that make a value
safe to run.
"""

from __future__ import annotations

from collections.abc import Callable

from tools.kubectl import selectors
from tools.kubectl.policy import Limits
from tools.kubectl.rejection import refuse, repair
from tools.kubectl.shapes import (
    DNS_LABEL,
    IMAGE,
    PLAIN,
    QUANTITY,
    RFC3339,
    check_jsonpath,
    check_namespace,
    seconds,
)
from tools.kubectl.targets import resource_word, target
from tools.kubectl.tree import Flag, Path_

Value = str | list[str]
Check = Callable[[str, Path_, Limits], str]

OUTPUTS = frozenset({"json", "yaml", "wide", "name", "plaintext", "plaintext-openapiv2"})
EXPRESSION_OUTPUTS = frozenset({"jsonpath", "jsonpath-as-json"})
SUBRESOURCES = frozenset({"status", "scale"})
MAX_COLUMNS = 16


def check(flag: Flag, value: str, path: Path_, limits: Limits) -> Value:
    """The value in canonical spelling. Raises Rejection (tree for shapes, policy for bounds)."""
    checker = _CHECKS.get(flag.name, _plain)
    if flag.type != "list":
        return checker(value, path, limits)
    items = value.split(",") if flag.name not in _WHOLE_LISTS else [value]
    if len(items) > MAX_COLUMNS:
        refuse("policy", "too-long", f"--{flag.name} lists more than {MAX_COLUMNS} values.")
    return [checker(item, path, limits) for item in items]


def _plain(value: str, path: Path_, limits: Limits) -> str:
    if not PLAIN.fullmatch(value) or "://" in value:
        _bad(value, "a plain word")
    return value


def _output(value: str, path: Path_, limits: Limits) -> str:
    kind, equals, expression = value.partition("=")
    if not equals and kind in OUTPUTS:
        return value
    if path == ("get",) and equals:
        if kind in EXPRESSION_OUTPUTS:
            return f"{kind}={check_jsonpath(expression)}"
        if kind == "custom-columns":
            return f"{kind}={_columns(expression)}"
    if kind.endswith("file") or kind in ("go-template", "template", "custom-columns"):
        refuse(
            "policy",
            "output-form",
            f"-o {kind} can read local files or run templates.",
            "-o json, -o yaml, -o wide, -o name or -o jsonpath='{...}'",
        )
    repair("bad-value", f"-o does not take `{value[:40]}`.", "-o json, -o yaml or -o wide")


def _columns(expression: str) -> str:
    check_jsonpath(expression)
    columns = expression.split(",")
    if len(columns) > MAX_COLUMNS or not all(":" in column[1:-1] for column in columns):
        repair(
            "bad-expression",
            "custom-columns are HEADER:.path pairs.",
            "-o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName",
        )
    return expression


def _sort_by(value: str, path: Path_, limits: Limits) -> str:
    # other commands give an enum, which the tree has checked
    return check_jsonpath(value) if path == ("get",) else value


def _bounded(least: int, most: Callable[[Limits], int]) -> Check:
    def checker(value: str, path: Path_, limits: Limits) -> str:
        number = int(value)
        if not least <= number <= most(limits):
            refuse(
                "policy",
                "out-of-bounds",
                f"{value} is not between {least} and {most(limits)}.",
                f"a number from {least} to {most(limits)}",
            )
        return str(number)

    return checker


def _timeout(value: str, path: Path_, limits: Limits) -> str:
    """Bounded waits only; a longer honest wish is cut to what one move may take."""
    wanted = seconds(value)
    if not 0 < wanted <= limits.longest_timeout_s:
        refuse(
            "policy",
            "endless",
            f"A wait ends: --timeout is more than 0 s and at most {limits.longest_timeout_s} s.",
            f"--timeout={limits.timeout_s}s",
            risk="interactive",
        )
    return value if wanted <= limits.timeout_s else f"{limits.timeout_s}s"


def _since(value: str, path: Path_, limits: Limits) -> str:
    if not 0 < seconds(value) <= limits.since_s:
        refuse(
            "policy", "out-of-bounds", "--since is more than 0 s and at most 7 days.", "--since=1h"
        )
    return value


def _since_time(value: str, path: Path_, limits: Limits) -> str:
    if not RFC3339.fullmatch(value):
        repair("bad-value", "--since-time is an RFC 3339 time.", "--since=1h")
    return value


def _for(value: str, path: Path_, limits: Limits) -> str:
    if path == ("events",):
        found = target(value)
        return f"{found.resource}/{found.name}"
    kind, equals, rest = value.partition("=")
    if value in ("create", "delete"):
        return value
    if kind == "condition" and equals:
        return f"{kind}={_plain(rest, path, limits)}"
    if kind == "jsonpath" and equals:
        return f"{kind}={check_jsonpath(rest)}"
    repair("bad-value", f"--for does not take `{value[:40]}`.", "--for=condition=Ready")


def _label_key(value: str, path: Path_, limits: Limits) -> str:
    if not selectors.LABEL_KEY.fullmatch(value):
        _bad(value, "a label key")
    return value


def _container(value: str, path: Path_, limits: Limits) -> str:
    if not DNS_LABEL.fullmatch(value):
        _bad(value, "a container's name")
    return value


def _subresource(value: str, path: Path_, limits: Limits) -> str:
    if path[0] == "auth":
        return _plain(value, path, limits)
    if value not in SUBRESOURCES:
        refuse(
            "policy",
            "subresource",
            f"The subresource {value[:40]} is not read.",
            "--subresource=status or --subresource=scale",
        )
    return value


def _event_type(value: str, path: Path_, limits: Limits) -> str:
    if value not in ("Normal", "Warning"):
        repair("bad-value", "--types knows Normal and Warning.", "--types=Warning")
    return value


def _quantities(value: str, path: Path_, limits: Limits) -> str:
    for pair in value.split(","):
        name, equals, amount = pair.partition("=")
        if not equals or not PLAIN.fullmatch(name) or not QUANTITY.fullmatch(amount):
            repair("bad-value", f"`{pair[:40]}` is not RESOURCE=QUANTITY.", "cpu=200m,memory=512Mi")
    return value


def _image(value: str, path: Path_, limits: Limits) -> str:
    if len(value) > 255 or not IMAGE.fullmatch(value):
        _bad(value, "an image")
    return value


def _from(value: str, path: Path_, limits: Limits) -> str:
    found = target(value)
    wanted = (
        ("configmap", "configmaps", "cm") if path[0] == "set" else ("cronjob", "cronjobs", "cj")
    )
    if found.resource not in wanted:
        repair("bad-value", f"--from takes {wanted[0]}/NAME here.", f"--from={wanted[0]}/NAME")
    return f"{found.resource}/{found.name}"


def _pair(value: str, path: Path_, limits: Limits) -> str:
    key, equals, content = value.partition("=")
    if (
        not equals
        or not selectors.LABEL_KEY.fullmatch(key)
        or (content and not PLAIN.fullmatch(content))
    ):
        repair("bad-value", f"`{value[:40]}` is not KEY=VALUE.", "KEY=VALUE")
    return value


def _schedule(value: str, path: Path_, limits: Limits) -> str:
    fields = value.split()
    if len(fields) != 5 or not all(set(field) <= set("0123456789*/,-") for field in fields):
        repair("bad-value", "--schedule has five cron fields.", "--schedule='*/5 * * * *'")
    return " ".join(fields)


def _resource(value: str, path: Path_, limits: Limits) -> str:
    return resource_word(value)


def _as_is(value: str, path: Path_, limits: Limits) -> str:
    """Checked by a rule of the command."""
    return value


def _bad(value: str, what: str) -> None:
    repair("bad-value", f"`{value[:40]}` is not {what}.", f"{what}")


_WHOLE_LISTS = frozenset({"from-literal", "rule", "annotation"})
"""List flags whose items may hold commas."""

_CHECKS: dict[str, Check] = {
    "namespace": lambda value, path, limits: check_namespace(value),
    "output": _output,
    "sort-by": _sort_by,
    "selector": lambda value, path, limits: selectors.labels(value),
    "field-selector": lambda value, path, limits: selectors.fields(value),
    "label-columns": _label_key,
    "container": _container,
    "containers": _container,
    "subresource": _subresource,
    "types": _event_type,
    "for": _for,
    "tail": _bounded(0, lambda limits: limits.tail),
    "limit-bytes": _bounded(1, lambda limits: limits.limit_bytes),
    "max-log-requests": _bounded(1, lambda limits: limits.max_log_requests),
    "revision": _bounded(0, lambda limits: 1_000_000),
    "to-revision": _bounded(0, lambda limits: 1_000_000),
    "replicas": _bounded(1, lambda limits: limits.replicas),
    "current-replicas": _bounded(0, lambda limits: 10_000),
    "min": _bounded(1, lambda limits: limits.replicas),
    "max": _bounded(1, lambda limits: limits.replicas),
    "cpu-percent": _bounded(1, lambda limits: 1000),
    "grace-period": _bounded(1, lambda limits: 3600),
    "port": _bounded(1, lambda limits: 65535),
    "node-port": _bounded(30000, lambda limits: 32767),
    "value": _bounded(-1_000_000_000, lambda limits: 1_000_000_000),
    "timeout": _timeout,
    "since": _since,
    "since-time": _since_time,
    "limits": _quantities,
    "requests": _quantities,
    "hard": _quantities,
    "image": _image,
    "from": _from,
    "from-literal": _pair,
    "schedule": _schedule,
    "resource": _resource,
    "patch": _as_is,
}
