"""Which lists are complete, and documents that are cut off."""

from __future__ import annotations

from typing import Any

from tests.unit.distil.distilled import answered, get_move, values
from tools.distil import distil
from tools.output import Output


def test_list_names_need_a_complete_list() -> None:
    items = {"kind": "PodList", "items": [{"metadata": {"name": "a", "namespace": "shop"}}]}

    def names(**more: Any) -> dict[str, Any]:
        resource = more.pop("resource", "pods,cm")
        exit_code = more.pop("exit_code", 0)
        stderr = more.pop("stderr", "")
        output = answered(items, stderr, exit_code)
        return values(distil(get_move(resource, **more), output), "list.names")

    whole = {"Pod/shop/*": ["a"], "ConfigMap/shop/*": []}
    assert names() == whole
    assert names(flags={"selector": "a=b"}) == {}
    assert names(flags={"field-selector": "status.phase=Failed"}) == {}
    assert names(namespace=None, all_namespaces=True) == whole
    assert names(namespace=None) == whole
    forbidden = (
        'Error from server (Forbidden): configmaps is forbidden: User "u" cannot list resource '
        '"configmaps" in API group "" in the namespace "shop"'
    )
    assert names(exit_code=1, stderr=forbidden) == {"Pod/shop/*": ["a"]}
    assert names(exit_code=1, stderr="error: unexpected EOF") == {}
    assert set(names(resource="all")) > {"Pod/shop/*", "Deployment/shop/*", "CronJob/shop/*"}
    assert names(resource="events") == {}


def test_half_a_document_states_nothing() -> None:
    whole = answered({"kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}})
    move = get_move("pods")
    assert distil(move, whole)
    assert distil(move, whole.model_copy(update={"truncated": True})) == []
    assert distil(move, whole.model_copy(update={"timed_out": True})) == []
    assert distil(move, Output(exit_code=0, stdout=whole.stdout[:-9], stderr="")) == []
