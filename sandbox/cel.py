"""CEL expressions over plain data: scenario symptoms, playbook conditions.

An expression asks; it never breaks a run. What it asks about may not be there (a missing key, a
value of another type), and then the answer is None, which is "not confirmed". Only an expression
that does not compile is an error, because a person must mend it. The `strings` and `optional`
extensions are on: `text.lowerAscii()`, `a[?"b"].orValue("")`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tools.errors import UsageError

CACHED_PROGRAMS = 4096
"""Compiled programs kept; a playbook set has some hundreds, each compiled in about 50 us."""


class ExpressionError(UsageError):
    """A CEL expression that does not compile."""


def evaluate(expression: str, data: Mapping[str, Any]) -> Any:
    """The expression's value over `data`: variables, with dicts, lists and scalars as values.

    None when something it needs is missing or has another type (tuples, sets and integers beyond
    64 bits count as missing). Raises ExpressionError when it does not compile, which an undeclared
    variable makes it.
    """
    program = _program(expression, tuple(sorted(data)))
    value = program.eval(data=dict(data))
    if value.type().name() in ("ERROR", "UNKNOWN"):
        return None
    return value.plain_value()


def holds(expression: str, data: Mapping[str, Any]) -> bool:
    """Whether the expression is true; anything but `true`, a missing key included, is false."""
    return evaluate(expression, data) is True


def check(expression: str, variables: tuple[str, ...]) -> None:
    """Compile only. Raises ExpressionError with the compiler's first line."""
    _program(expression, tuple(sorted(variables)))


@lru_cache(maxsize=64)
def _environment(variables: tuple[str, ...]) -> Any:
    """The CEL environment with these variables of dynamic type."""
    from cel_expr_python import cel
    from cel_expr_python.ext import ext_optional, ext_strings

    return cel.NewEnv(
        variables=dict.fromkeys(variables, cel.Type.DYN),
        extensions=[ext_optional.ExtOptional(), ext_strings.ExtStrings()],
    )


@lru_cache(maxsize=CACHED_PROGRAMS)
def _program(expression: str, variables: tuple[str, ...]) -> Any:
    """The compiled expression."""
    try:
        return _environment(variables).compile(expression)
    except RuntimeError as error:  # the library has no narrower class for compile errors
        first = str(error).splitlines()[0].replace("INVALID_ARGUMENT: ERROR: <input>:", "")
        raise ExpressionError(
            f"CEL expression does not compile: {first.strip()} in: {expression}",
            f"variables are: {', '.join(variables) or 'none'}",
        ) from error
