"""What the API server refuses: decoding, the rules of each kind, and the words it says it in."""

from sandbox.simulator.validation.check import check
from sandbox.simulator.validation.convert import converted
from sandbox.simulator.validation.decode import Decoded, Mode, strict
from sandbox.simulator.validation.problem import Problem, invalid

__all__ = ["Decoded", "Mode", "Problem", "check", "converted", "invalid", "strict"]
