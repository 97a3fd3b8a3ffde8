"""ObjectRef: the name of one Kubernetes object, or of one container inside it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ObjectRef(BaseModel):
    """One object (or container) by kind, namespace and name."""

    model_config = ConfigDict(frozen=True)

    kind: str
    """Kind in its API spelling: `Pod`, `Deployment`, `StorageClass`."""
    namespace: str | None = None
    """Namespace; None for cluster-scoped kinds."""
    name: str
    """metadata.name; `*` in facts about a complete list of this kind."""
    container: str | None = None
    """Container (init containers too) when the statement is about one."""

    def __str__(self) -> str:
        """Kind/namespace/name, with [container] behind it; no namespace part when cluster-scoped."""
        parts = [self.kind, self.namespace, self.name] if self.namespace else [self.kind, self.name]
        text = "/".join(part for part in parts if part is not None)
        return f"{text}[{self.container}]" if self.container else text

    def whole(self) -> ObjectRef:
        """The object itself, without its container."""
        return self.model_copy(update={"container": None}) if self.container else self
