"""Makers: what a report says of the custom resource that an operator makes an object of. Pure.

The cause stays with the workload; the custom resource is where its change belongs, and what its status
says stands beside.
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.case import Case
from agent.reportparts import Finding
from tools.objects import ObjectRef

SYMPTOM = "not-ready"
LONGEST = 200
"""Characters of a condition's message."""
MOST = 3
"""Conditions that are quoted of one custom resource."""


def maker_of(case: Case, ref: ObjectRef) -> ObjectRef | None:
    """The topmost custom resource above an object: the one that people write."""
    makers = case.derivation.owners.makers(ref)
    return makers[-1].object if makers else None


def beside(case: Case, ref: ObjectRef | None) -> Iterator[Finding]:
    """What the custom resources above an object say is wrong."""
    index = case.derivation.index
    for maker in case.derivation.owners.makers(ref) if ref is not None else ():
        fact = index.fact(maker.object, "custom.failing")
        if fact is None or not isinstance(fact.value, list) or not fact.value:
            continue
        rows = [row for row in fact.value[:MOST] if isinstance(row, dict)]
        said = "; ".join(
            f"{row.get('type')} is {row.get('status')}"
            + (f" ({row['reason']})" if row.get("reason") else "")
            + (f": {str(row['message'])[:LONGEST]}" if row.get("message") else "")
            for row in rows
        )
        summary = f"{maker.object}, which makes {ref}, says: {said.rstrip('.')}."
        yield Finding(object=maker.object, symptom=SYMPTOM, summary=summary, evidence=[fact.id])


def instead(case: Case, ref: ObjectRef) -> Iterator[str]:
    """Where a change of the object belongs, when an operator makes it."""
    top = maker_of(case, ref)
    if top is None:
        return
    yield f"{ref} is made by {top}; change that instead, or its operator puts it back."
    yield from at_source(case, top)


def at_source(case: Case, ref: ObjectRef) -> Iterator[str]:
    """Where a change of the object belongs, when Helm, Argo CD or Flux applies it."""
    managed = case.derivation.index.mapping(ref, "object.managed_by")
    if managed:
        source = f" ({managed['source']})" if managed.get("source") else ""
        yield f"Make the change in what {managed.get('tool')}{source} applies, which manages {ref}."
