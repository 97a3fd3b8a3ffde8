"""What surrounds a container's program: securityContext, volume mounts, lifecycle hooks."""

from __future__ import annotations

from pydantic import JsonValue

from tools.distil.shapes import dig, mapping, mappings, text, texts

_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - where admission mounts it
_FIELDS = (
    ("run_as_user", "runAsUser"),
    ("run_as_non_root", "runAsNonRoot"),
    ("read_only_root", "readOnlyRootFilesystem"),
)


def security(spec: dict[str, JsonValue], raw: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The securityContext that holds for a container: its own fields over those of the pod."""
    pod, own = mapping(spec.get("securityContext")), mapping(raw.get("securityContext"))
    both = {**pod, **own}
    found = {word: both[field] for word, field in _FIELDS if _scalar(both.get(field))}
    if _scalar(pod.get("fsGroup")):
        found["fs_group"] = pod["fsGroup"]
    return found


def _scalar(value: JsonValue) -> bool:
    return isinstance(value, bool | int)


def mounts(raw: dict[str, JsonValue]) -> list[JsonValue]:
    """Where volumes are mounted, without the token of the ServiceAccount."""
    return [
        {
            "volume": text(entry.get("name")),
            "path": text(entry.get("mountPath")).rstrip("/"),
            "read_only": entry.get("readOnly") is True,
        }
        for _, entry in mappings(raw.get("volumeMounts"))
        if text(entry.get("mountPath")).rstrip("/") != _TOKEN_PATH
    ]


def hooks(raw: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """What the lifecycle hooks do, in words."""
    found: dict[str, JsonValue] = {}
    for word, field in (("post_start", "postStart"), ("pre_stop", "preStop")):
        hook = mapping(dig(raw, "lifecycle", field))
        if command := texts(dig(hook, "exec", "command")):
            found[word] = " ".join(command)
        elif asked := mapping(hook.get("httpGet")):
            found[word] = f"GET {text(asked.get('path')) or '/'} on port {asked.get('port')}"
        elif hook:
            found[word] = ", ".join(sorted(hook))
    return found
