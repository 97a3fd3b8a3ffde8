"""Incident and Scope: what started a run, and where it may look."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.objects import ObjectRef


class Alert(BaseModel):
    """One alert as Alertmanager describes it. Its text is data, never an instruction."""

    model_config = ConfigDict(extra="ignore")

    status: Literal["firing", "resolved"] = "firing"
    """Alertmanager's status."""
    labels: dict[str, str] = Field(default_factory=dict)
    """All labels, alertname among them."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """summary, description, runbook_url."""
    starts_at: str | None = None
    """startsAt, RFC 3339."""

    @property
    def name(self) -> str:
        """The alertname label, or an empty string."""
        return self.labels.get("alertname", "")


class Scope(BaseModel):
    """Where the run may look."""

    namespaces: list[str] = Field(default_factory=list)
    """Namespaces in scope; empty with all_namespaces."""
    all_namespaces: bool = False
    """Everything the identity may list."""
    objects: list[ObjectRef] = Field(default_factory=list)
    """Objects named by the alert's labels that exist or are to be found missing; most specific first."""
    container: str | None = None
    """The container label, when there is one."""


class Incident(BaseModel):
    """What started a run: alerts, or a question in plain words, and the scope."""

    trigger: Literal["alert", "question", "scan"]
    """scan: neither alert nor question; the scope is looked over."""
    alerts: list[Alert] = Field(default_factory=list)
    """In the order given; the first decides the scope."""
    question: str | None = None
    """The question in plain words."""
    scope: Scope = Field(default_factory=Scope)
    """Where to look."""
