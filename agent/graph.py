"""The graph: wires the nodes, nothing else.

intake -> plan -> propose -> gate -> act -> observe -> plan ... -> conclude -> remedy
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from agent.executors.modelled import MAX_REJECTIONS
from agent.nodes.act import act
from agent.nodes.conclude import conclude
from agent.nodes.gate import gate
from agent.nodes.intake import intake
from agent.nodes.observe import observe
from agent.nodes.plan import plan
from agent.nodes.propose import propose
from agent.nodes.remedy import remedy
from agent.state import RunState
from agent.workbench import Workbench

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

NODES: dict[str, Callable[[Workbench, RunState], RunState]] = {
    "intake": intake,
    "plan": plan,
    "propose": propose,
    "gate": gate,
    "act": act,
    "observe": observe,
    "conclude": conclude,
    "remedy": remedy,
}


def after_plan(state: RunState) -> Literal["propose", "conclude"]:
    """Conclude as soon as there is a conclusion."""
    return "conclude" if state.get("conclusion") else "propose"


def after_gate(state: RunState) -> Literal["act", "propose", "plan"]:
    """Run what passed; give the executor another try; leave an objective that cannot be met."""
    if state.get("move"):
        return "act"
    return "plan" if len(state.get("rejections", [])) > MAX_REJECTIONS else "propose"


def after_observe(bench: Workbench, state: RunState) -> Literal["propose", "plan"]:
    """The same objective again when a model's move did not answer it and there is time; else plan."""
    executed = sum(bool(record.get("executed")) for record in state.get("records", []))
    within = executed < bench.budgets.moves and bench.elapsed_ms() < bench.budgets.seconds * 1000
    return "propose" if state.get("unanswered") and within else "plan"


def build_graph(
    bench: Workbench, checkpointer: BaseCheckpointSaver[Any] | None
) -> CompiledStateGraph[RunState, None, RunState, RunState]:
    """The compiled graph over one workbench. `langgraph` is imported here, as it takes half a second."""
    from langgraph.graph import END, START, StateGraph

    graph: Any = StateGraph(RunState)
    for name, node in NODES.items():
        graph.add_node(name, _bound(node, bench))
    graph.add_edge(START, "intake")
    graph.add_edge("intake", "plan")
    graph.add_conditional_edges("plan", after_plan)
    graph.add_edge("propose", "gate")
    graph.add_conditional_edges("gate", after_gate)
    graph.add_edge("act", "observe")
    graph.add_conditional_edges(
        "observe", lambda state: after_observe(bench, state), ["propose", "plan"]
    )
    graph.add_edge("conclude", "remedy")
    graph.add_edge("remedy", END)
    compiled: CompiledStateGraph[RunState, None, RunState, RunState] = graph.compile(
        checkpointer=checkpointer
    )
    return compiled


def _bound(
    node: Callable[[Workbench, RunState], RunState], bench: Workbench
) -> Callable[[RunState], RunState]:
    def run(state: RunState) -> RunState:
        return node(bench, state)

    return run
