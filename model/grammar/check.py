"""Whether a grammar compiles, without a model: errors are texts, never exceptions."""

from __future__ import annotations

from model.protocol import Grammar


def compile_error(grammar: Grammar) -> str:
    """The compiler's complaint, empty when there is none or llguidance is not installed."""
    try:
        from llguidance import LLMatcher
    except ImportError:
        return ""
    try:
        if grammar.syntax == "json":
            text = LLMatcher.grammar_from_json_schema(grammar.text)
        else:
            text = LLMatcher.grammar_from_lark(grammar.text)
    except ValueError as error:  # a JSON schema that is no JSON
        return str(error)
    failed, messages = LLMatcher.validate_grammar_with_warnings(text)
    return messages[0] if failed else ""
