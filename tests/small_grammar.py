"""A small grammar of kubectl commands, its twin as a regular expression, and a prompt."""

from __future__ import annotations

import re

from model.protocol import Grammar, Segment

KUBECTL = Grammar(
    syntax="lark",
    text=r"""
start: "kubectl " (read | logs) " -n " NAMESPACE output?
read: ("get" | "describe") " " KIND (" " NAME)?
logs: "logs " NAME (" --previous" | " --tail=" /[1-9][0-9]{0,2}/)?
output: " -o " ("json" | "yaml" | "wide")
KIND: "pods" | "deployments" | "services" | "networkpolicies"
NAMESPACE: "storefront" | "store" | "kube-system"
NAME: "checkout-7d9f8c6b5-x2x4z" | "checkout-7d9f8c6b5-abcde" | "payments" | "pay"
""",
)
MOVE = re.compile(
    r"kubectl (?:(?:get|describe) (?:pods|deployments|services|networkpolicies)(?: {name})?"
    r"|logs {name}(?: --previous| --tail=[1-9][0-9]{{0,2}})?)"
    r" -n (?:storefront|store|kube-system)(?: -o (?:json|yaml|wide))?".format(
        name="(?:checkout-7d9f8c6b5-x2x4z|checkout-7d9f8c6b5-abcde|payments|pay)"
    )
)


def prompt(*lines: str) -> list[Segment]:
    """A chat prompt with the lines as untrusted text."""
    return [
        Segment(
            text="<|im_start|>system\nYou debug Kubernetes. Answer with one command.<|im_end|>\n"
            "<|im_start|>user\n",
            trusted=True,
        ),
        *(Segment(text=line + "\n") for line in lines),
        Segment(text="<|im_end|>\n<|im_start|>assistant\n", trusted=True),
    ]
