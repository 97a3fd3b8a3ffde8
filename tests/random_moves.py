"""Random kubectl and promtool lines that the gate should accept: for properties and for the real kubectl.

`rng` is a random.Random, seeded or given by hypothesis.
"""

from __future__ import annotations

import shlex
from random import Random

NAMESPACES = ("shop", "billing", "team-a", "n1")
NAMES = ("web-1", "web", "cart-7d9f8c-abcde", "db.main", "a", "x" * 63)
CONTAINERS = ("app", "wait-db", "c1")
NAMESPACED = (
    ("po", "pod", "pods", "Pods", "pods.v1."),
    (
        "deploy",
        "deployment",
        "deployments",
        "deployments.apps",
        "deployments.v1.apps",
        "Deployment",
    ),
    ("rs", "replicaset", "replicasets"),
    ("sts", "statefulset", "statefulsets.apps"),
    ("ds", "daemonsets"),
    ("job", "jobs", "jobs.batch"),
    ("cj", "cronjob", "cronjobs"),
    ("svc", "services"),
    ("cm", "configmap", "ConfigMaps"),
    ("pvc", "persistentvolumeclaims"),
    ("ev", "events"),
    ("quota", "resourcequotas"),
    ("sa", "serviceaccounts"),
)
CLUSTER = (("no", "node", "nodes"), ("ns", "namespaces"), ("pv", "persistentvolumes"))
WORKLOADS = ("deploy", "deployment", "sts", "statefulset", "ds", "daemonset.apps")
SELECTORS = (
    "app=web",
    "app==web,tier!=db",
    "app in (a, b),!canary",
    "tier notin (x)",
    "app",
    "app.kubernetes.io/name=web",
)
FIELDS = ("metadata.name=web-1", "metadata.namespace!=default", "metadata.name!=a,metadata.name!=b")
JSONPATHS = (
    "{.items[*].metadata.name}",
    '{range .items[*]}{.metadata.name}{"\\n"}{end}',
    "{.metadata.annotations['a\\.b/c']}",
    '{.items[?(@.status.phase=="Running")].metadata.name}',
)
PROMQL = (
    "up == 0",
    'sum(rate(container_cpu_usage_seconds_total{namespace="shop",container!=""}[5m])) by (pod)',
    "histogram_quantile(0.99, sum by (le) (rate(http_seconds_bucket[10m])))",
    'kube_pod_status_phase{phase=~"Pending|Failed"} > 0',
    "max_over_time(up[1h:1m] offset 1d)",
)


def read_line(rng: Random) -> str:
    """One line of a read, with a random spelling of everything that has several."""
    maker = rng.choice((_get, _get, _get, _describe, _logs, _rollout, _top, _events, _other))
    words = maker(rng)
    return "kubectl " + " ".join(shlex.quote(word) for word in words)


def any_line(rng: Random) -> str:
    """A read, a change or a PromQL query."""
    kind = rng.randrange(10)
    if kind < 6:
        return read_line(rng)
    if kind < 8:
        return "kubectl " + " ".join(shlex.quote(word) for word in _change(rng))
    return _promtool(rng)


def _spelling(rng: Random, kinds: tuple[tuple[str, ...], ...]) -> str:
    return rng.choice(rng.choice(kinds))


def _flag(rng: Random, short: str, name: str, value: str) -> list[str]:
    forms = [[f"--{name}", value], [f"--{name}={value}"]]
    if short:
        forms += [[f"-{short}", value], [f"-{short}{value}"], [f"-{short}={value}"]]
    return rng.choice(forms)


def _namespace(rng: Random) -> list[str]:
    return _flag(rng, "n", "namespace", rng.choice(NAMESPACES))


def _where(rng: Random) -> list[str]:
    choice = rng.randrange(4)
    if choice == 0:
        return [rng.choice(("-A", "--all-namespaces", "--all-namespaces=true"))]
    return _namespace(rng) if choice < 3 else []


def _selection(rng: Random) -> list[str]:
    words = []
    if rng.random() < 0.3:
        words += _flag(rng, "l", "selector", rng.choice(SELECTORS))
    if rng.random() < 0.2:
        words += _flag(rng, "", "field-selector", rng.choice(FIELDS))
    return words


def _output(rng: Random) -> list[str]:
    choice = rng.randrange(6)
    if choice < 2:
        return _flag(rng, "o", "output", rng.choice(("json", "yaml", "wide", "name")))
    if choice == 2:
        return _flag(rng, "o", "output", f"jsonpath={rng.choice(JSONPATHS)}")
    if choice == 3:
        return _flag(
            rng, "o", "output", "custom-columns=NAME:.metadata.name,NS:.metadata.namespace"
        )
    return []


def _mixed(rng: Random, command: list[str], words: list[str], flags: list[list[str]]) -> list[str]:
    """Flags before, between or behind the positional words."""
    slots = [(rng.randint(0, len(words)), flag) for flag in flags]
    built = list(command)
    for position in range(len(words) + 1):
        for slot, flag in slots:
            if slot == position:
                built += flag
        built += words[position : position + 1]
    return built


def _get(rng: Random) -> list[str]:
    flags = [_output(rng)]
    if rng.random() < 0.2:
        choices = ["--no-headers", "--show-kind", "--ignore-not-found"]
        # kubectl takes --show-labels for tables only
        flags.append([rng.choice(choices if flags[0] else [*choices, "--show-labels"])])
    choice = rng.randrange(5)
    if choice == 0:
        if rng.random() < 0.3:
            return _mixed(rng, ["get"], ["all"], [*flags, _where(rng)])
        return _mixed(rng, ["get"], [_spelling(rng, CLUSTER)], flags)
    if choice == 1:
        kinds = rng.sample([spellings[0] for spellings in NAMESPACED], rng.randint(2, 5))
        flags.append(_where(rng))
        return _mixed(rng, ["get"], [",".join(kinds)], flags)
    if choice == 2:
        flags.append(_where(rng))
        flags.append(_selection(rng))
        return _mixed(rng, ["get"], [_spelling(rng, NAMESPACED)], flags)
    flags.append(_namespace(rng))
    if choice == 3:
        return _mixed(rng, ["get"], [f"{_spelling(rng, NAMESPACED)}/{rng.choice(NAMES)}"], flags)
    return _mixed(rng, ["get"], [_spelling(rng, NAMESPACED), rng.choice(NAMES)], flags)


def _describe(rng: Random) -> list[str]:
    # not service accounts: kubectl reads Secrets to describe them, so the gate refuses
    if rng.random() < 0.3:
        return _mixed(rng, ["describe"], [_spelling(rng, NAMESPACED[:-1])], [_namespace(rng)])
    target = f"{_spelling(rng, NAMESPACED[:-1])}/{rng.choice(NAMES)}"
    return _mixed(rng, ["describe"], [target], [_namespace(rng)])


def _logs(rng: Random) -> list[str]:
    flags = [_namespace(rng)]
    if rng.random() < 0.5:
        flags.append(_flag(rng, "c", "container", rng.choice(CONTAINERS)))
    if rng.random() < 0.4:
        flags.append(rng.choice((["-p"], ["--previous"], ["--previous=true"])))
    if rng.random() < 0.6:
        flags.append([f"--tail={rng.randint(0, 1000)}"])
    if rng.random() < 0.3:
        flags.append(["--since=1h30m"])
    target = rng.choice(
        (rng.choice(NAMES), f"pod/{rng.choice(NAMES)}", f"deploy/{rng.choice(NAMES)}")
    )
    return _mixed(rng, ["logs"], [target], flags)


def _rollout(rng: Random) -> list[str]:
    target = f"{rng.choice(WORKLOADS)}/{rng.choice(NAMES)}"
    flags = [_namespace(rng)]
    if rng.random() < 0.5:
        return _mixed(rng, ["rollout", "status"], [target], [*flags, ["--timeout=1s"]])
    if rng.random() < 0.5:
        flags.append([f"--revision={rng.randint(0, 20)}"])
    return _mixed(rng, ["rollout", "history"], [target], flags)


def _top(rng: Random) -> list[str]:
    if rng.random() < 0.4:
        return _mixed(rng, ["top", rng.choice(("node", "nodes", "no"))], [], [["--sort-by=cpu"]])
    return _mixed(
        rng, ["top", rng.choice(("pod", "pods", "po"))], [], [_namespace(rng), ["--containers"]]
    )


def _events(rng: Random) -> list[str]:
    flags = [_namespace(rng)]
    if rng.random() < 0.5:
        flags.append(["--for", f"{rng.choice(('pod', 'deployment'))}/{rng.choice(NAMES)}"])
    if rng.random() < 0.4:
        flags.append(["--types=Warning"])
    return _mixed(rng, ["events"], [], flags)


def _other(rng: Random) -> list[str]:
    return rng.choice(
        (
            ["version"],
            ["api-resources", "--namespaced=true"],
            ["api-versions"],
            ["cluster-info"],
            ["auth", "can-i", rng.choice(("get", "list", "create")), "pods", *_namespace(rng)],
            ["auth", "can-i", "--list", *_namespace(rng)],
            ["auth", "whoami"],
            ["explain", rng.choice(("pods", "deployment.spec", "cronjobs.spec.schedule"))],
            [
                "wait",
                "--for=condition=Ready",
                f"pod/{rng.choice(NAMES)}",
                "--timeout=1s",
                *_namespace(rng),
            ],
        )
    )


def _change(rng: Random) -> list[str]:
    target = f"{rng.choice(WORKLOADS[:4])}/{rng.choice(NAMES)}"
    scope = _namespace(rng)
    return rng.choice(
        (
            ["scale", target, f"--replicas={rng.randint(1, 50)}", *scope],
            ["set", "image", target, "app=registry.example.com:5000/team/app:v1.2", *scope],
            ["set", "env", target, "DATABASE_URL=http://db:5432/x", "OLD-", *scope],
            ["set", "resources", target, "--limits=cpu=200m,memory=512Mi", *scope],
            ["rollout", rng.choice(("undo", "restart", "pause", "resume")), target, *scope],
            ["delete", "pod", rng.choice(NAMES), *scope],
            ["label", target, "a.b/c=d", "e-", "--overwrite", *scope],
            ["annotate", target, "note=x", *scope],
            ["patch", target, "--type=merge", "-p", '{"spec":{"paused":false}}', *scope],
            [rng.choice(("cordon", "uncordon")), "n1"],
            ["taint", "node", "n1", "dedicated=x:NoSchedule"],
            ["create", "job", "again", "--from=cronjob/nightly", *scope],
        )
    )


def _promtool(rng: Random) -> str:
    expression = shlex.quote(rng.choice(PROMQL))
    if rng.random() < 0.5:
        return f"promtool query instant {expression}"
    start, step = rng.choice((("-1h", "60s"), ("-24h", "1m"), ("-30m", "15")))
    return f"promtool query range --start={start} --end=now --step={step} {expression}"
