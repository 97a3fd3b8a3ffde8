"""The Pod Security Standards: what a pod must not do at the levels baseline and restricted.

Checks, their order and their words are those of k8s.io/pod-security-admission/policy (1.36), as far
as pods on Linux are concerned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

LEVELS = ("baseline", "restricted")

Spec = dict[str, Any]
Check = Callable[[Spec], str]
"""Returns what is wrong, with the detail in brackets; empty when the pod is fine."""

_BASELINE_CAPABILITIES = frozenset(
    (
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
        *("NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    )
)
_SAFE_SYSCTLS = frozenset(
    (
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    )
)
_SELINUX_TYPES = frozenset(
    ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
)
_ALLOWED_VOLUMES = frozenset(
    (
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral"),
        *("persistentVolumeClaim", "projected", "secret"),
    )
)
_SECCOMP = ("RuntimeDefault", "Localhost")


def violations(level: str, spec: Spec) -> list[str]:
    """What a pod spec does that the level forbids; empty when it may run."""
    checks = _BASELINE if level == "baseline" else _RESTRICTED
    return [text for check in checks if (text := check(spec))]


def _containers(spec: Spec) -> list[Spec]:
    return [
        item
        for field in ("initContainers", "containers", "ephemeralContainers")
        for item in spec.get(field) or []
    ]


def _context(item: Spec) -> Spec:
    return item.get("securityContext") or {}


def _named(found: Iterable[str], one: str = "container") -> str:
    """`container "a"` or `containers "a", "b"`."""
    names = list(dict.fromkeys(found))
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"{one}{'s' if len(names) > 1 else ''} {quoted}"


def _where(spec: Spec, test: Callable[[Spec], bool]) -> list[str]:
    return [item["name"] for item in _containers(spec) if test(_context(item))]


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(f'"{value}"' for value in sorted(set(values)))


def _app_armor(spec: Spec) -> str:
    def bad(context: Spec) -> bool:
        return (context.get("appArmorProfile") or {}).get("type") == "Unconfined"

    text = 'must not set securityContext.appArmorProfile.type to "Unconfined"'
    found = _where(spec, bad)
    details = [f"pod {text}"] if bad(_context(spec)) else []
    details += [f"{_named(found)} {text}"] if found else []
    return f"forbidden AppArmor profiles ({'; '.join(details)})" if details else ""


def _added(spec: Spec, allowed: frozenset[str]) -> str:
    names, extra = [], []
    for item in _containers(spec):
        added = (_context(item).get("capabilities") or {}).get("add") or []
        over = [str(name) for name in added if name not in allowed]
        if over:
            names.append(item["name"])
            extra += over
    if not names:
        return ""
    text = f"must not include {_quoted(extra)} in securityContext.capabilities.add"
    return f"{_named(names)} {text}"


def _capabilities(spec: Spec) -> str:
    added = _added(spec, _BASELINE_CAPABILITIES)
    return f"non-default capabilities ({added})" if added else ""


def _host_namespaces(spec: Spec) -> str:
    found = [f"{field}=true" for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field)]
    return f"host namespaces ({', '.join(found)})" if found else ""


def _host_path(spec: Spec) -> str:
    found = [item["name"] for item in spec.get("volumes") or [] if "hostPath" in item]
    return f"hostPath volumes ({_named(found, 'volume')})" if found else ""


def _host_ports(spec: Spec) -> str:
    names, ports = [], set()
    for item in _containers(spec):
        own = {port["hostPort"] for port in item.get("ports") or [] if port.get("hostPort")}
        if own:
            names.append(item["name"])
            ports |= own
    if not names:
        return ""
    uses = "uses" if len(names) == 1 else "use"
    word = "hostPort" if len(ports) == 1 else "hostPorts"
    return f"hostPort ({_named(names)} {uses} {word} {', '.join(map(str, sorted(ports)))})"


def _privileged(spec: Spec) -> str:
    found = _where(spec, lambda context: context.get("privileged") is True)
    text = "must not set securityContext.privileged=true"
    return f"privileged ({_named(found)} {text})" if found else ""


def _proc_mount(spec: Spec) -> str:
    found = _where(spec, lambda context: context.get("procMount", "Default") != "Default")
    text = 'must not set securityContext.procMount to "Unmasked"'
    return f"procMount ({_named(found)} {text})" if found else ""


def _selinux(spec: Spec) -> str:
    bad: list[str] = []
    who: list[str] = []
    for name, item in [("", spec), *((c["name"], c) for c in _containers(spec))]:
        options = _context(item).get("seLinuxOptions") or {}
        wrong = []
        if options.get("type", "") not in _SELINUX_TYPES:
            wrong.append(f'type "{options["type"]}"')
        wrong += [f"{field} may not be set" for field in ("user", "role") if options.get(field)]
        if wrong:
            who.append(name)
            bad += wrong
    if not who:
        return ""
    names = [name for name in who if name]
    owner = " and ".join((["pod"] if "" in who else []) + ([_named(names)] if names else []))
    text = "; ".join(dict.fromkeys(bad))
    return f"seLinuxOptions ({owner} set forbidden securityContext.seLinuxOptions: {text})"


def _seccomp(spec: Spec) -> str:
    def bad(context: Spec) -> bool:
        return (context.get("seccompProfile") or {}).get("type", _SECCOMP[0]) not in _SECCOMP

    text = 'must not set securityContext.seccompProfile.type to "Unconfined"'
    found = _where(spec, bad)
    details = [f"pod {text}"] if bad(_context(spec)) else []
    details += [f"{_named(found)} {text}"] if found else []
    return f"seccompProfile ({'; '.join(details)})" if details else ""


def _sysctls(spec: Spec) -> str:
    names = [str(item.get("name")) for item in _context(spec).get("sysctls") or []]
    found = [name for name in names if name not in _SAFE_SYSCTLS]
    return f"forbidden sysctls ({', '.join(found)})" if found else ""


def _escalation(spec: Spec) -> str:
    found = _where(spec, lambda context: context.get("allowPrivilegeEscalation") is not False)
    text = "must set securityContext.allowPrivilegeEscalation=false"
    return f"allowPrivilegeEscalation != false ({_named(found)} {text})" if found else ""


def _dropped(spec: Spec) -> str:
    found = _where(
        spec, lambda context: "ALL" not in ((context.get("capabilities") or {}).get("drop") or [])
    )
    text = 'must set securityContext.capabilities.drop=["ALL"]'
    details = [f"{_named(found)} {text}"] if found else []
    added = _added(spec, frozenset({"NET_BIND_SERVICE"}))
    details += [added] if added else []
    return f"unrestricted capabilities ({'; '.join(details)})" if details else ""


def _volumes(spec: Spec) -> str:
    names, types = [], []
    for item in spec.get("volumes") or []:
        kinds = [field for field in item if field != "name" and field not in _ALLOWED_VOLUMES]
        if kinds:
            names.append(item["name"])
            types.append(kinds[0])
    if not names:
        return ""
    uses = "uses" if len(names) == 1 else "use"
    word = "type" if len(set(types)) == 1 else "types"
    who = _named(names, "volume")
    return f"restricted volume types ({who} {uses} restricted volume {word} {_quoted(types)})"


def _non_root(spec: Spec) -> str:
    pod = _context(spec).get("runAsNonRoot")
    text = "securityContext.runAsNonRoot"
    wrong = _where(spec, lambda context: context.get("runAsNonRoot") is False)
    unset = _where(spec, lambda context: context.get("runAsNonRoot") is None)
    details = []
    if pod is False and (unset or not wrong):
        details.append(f"pod must not set {text}=false")
    if wrong:
        details.append(f"{_named(wrong)} must not set {text}=false")
    if not details and pod is None and unset:
        details.append(f"pod or {_named(unset)} must set {text}=true")
    return f"runAsNonRoot != true ({'; '.join(details)})" if details else ""


def _user(spec: Spec) -> str:
    details = ["pod must not set runAsUser=0"] if _context(spec).get("runAsUser") == 0 else []
    found = _where(spec, lambda context: context.get("runAsUser") == 0)
    details += [f"{_named(found)} must not set runAsUser=0"] if found else []
    return f"runAsUser=0 ({'; '.join(details)})" if details else ""


def _seccomp_set(spec: Spec) -> str:
    forbidden = _seccomp(spec)
    if forbidden:
        return forbidden
    if (_context(spec).get("seccompProfile") or {}).get("type") in _SECCOMP:
        return ""
    unset = _where(spec, lambda context: not (context.get("seccompProfile") or {}).get("type"))
    if not unset:
        return ""
    text = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return f"seccompProfile (pod or {_named(unset)} {text})"


_COMMON: tuple[Check, ...] = (_host_namespaces, _host_path, _host_ports, _privileged, _proc_mount)
_BASELINE: tuple[Check, ...] = (
    *(_app_armor, _capabilities),
    *_COMMON,
    *(_selinux, _seccomp, _sysctls),
)
_RESTRICTED: tuple[Check, ...] = (
    *(_app_armor,),
    *_COMMON,
    *(_selinux, _sysctls),
    *(_escalation, _dropped, _volumes, _non_root, _user, _seccomp_set),
)
