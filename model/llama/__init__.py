"""llama.cpp as a Backend, driven token by token: cached prefixes, grammar masks, forced tokens."""

from model.llama.backend import LlamaBackend

__all__ = ["LlamaBackend"]
