"""Admission: what the API server fills in, and refuses, between validation and the store.

One implementation for objects that clients send and for pods that controllers make. A controller
gets a refusal as a value, because it reports it in an event; a client gets an ApiFailure.
"""

from sandbox.simulator.admission.attributes import Attributes
from sandbox.simulator.admission.chain import (
    Denied,
    create_pod,
    enter,
    mutated,
    settled,
    validated,
)
from sandbox.simulator.admission.pods import CA_CONFIGMAPS, qos_class

__all__ = [
    "CA_CONFIGMAPS",
    "Attributes",
    "Denied",
    "create_pod",
    "enter",
    "mutated",
    "qos_class",
    "settled",
    "validated",
]
