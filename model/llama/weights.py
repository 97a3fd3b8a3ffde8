"""Weights: one GGUF file in memory, and its vocabulary."""

from __future__ import annotations

import ctypes
import re
import warnings
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from model.llama.library import complaint, llama
from model.protocol import BackendError, Segment

SLICES = [r'[^"\\\x00-\x1F\x7F]{1,30}']
"""llguidance keeps an index of the tokens that match each of these, so that a mask over free text takes
0.02 ms and not 2.6. Its own four need 48 MB more at 152,000 tokens, and are no faster."""

META_BYTES = 256
"""Of one key or value of a file's metadata: ours are short, the rest (chat templates) is cut."""


class Weights:
    """A loaded model. Whatever uses its pointers keeps the Weights: they are freed with `close`."""

    def __init__(self, path: Path) -> None:
        """Load the file. Raises BackendError where it is missing, cut off or not a model."""
        if not path.is_file():
            raise BackendError(f"there is no model file {path}")
        self.llama = llama()
        self.path = path
        complaint("")  # forget older ones
        parameters = self.llama.llama_model_default_params()
        # No repacked copies of the weights: they cost memory, and their AMX kernels end the process
        # (SIGSEGV) on machines whose kernel grants no tile registers.
        parameters.use_extra_bufts = False
        self.model = self.llama.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.model:
            raise BackendError(f"{path} does not load: {complaint('llama.cpp gives no reason')}")
        self.vocab = self.llama.llama_model_get_vocab(self.model)
        self.size = int(self.llama.llama_vocab_n_tokens(self.vocab))
        """Tokens in the vocabulary."""
        self.trained_context = int(self.llama.llama_model_n_ctx_train(self.model))
        """Tokens the model was made for."""

    def close(self) -> None:
        """Free the memory."""
        if self.model:
            self.llama.llama_model_free(self.model)
            self.model = self.vocab = None

    def metadata(self) -> dict[str, str]:
        """The file's own scalar keys, as text (`general.name`, ...)."""
        found: dict[str, str] = {}
        count = int(self.llama.llama_model_meta_count(self.model))
        for number in range(count):
            key = self._meta(self.llama.llama_model_meta_key_by_index, number)
            found[key] = self._meta(self.llama.llama_model_meta_val_str_by_index, number)
        return found

    def _meta(self, read: Any, number: int) -> str:
        buffer = ctypes.create_string_buffer(META_BYTES)
        read(self.model, number, buffer, META_BYTES)
        return buffer.value.decode("utf-8", "replace")

    def tokens(self, prompt: Sequence[Segment]) -> list[int]:
        """The prompt's tokens. Only trusted segments can yield special ones."""
        first = []
        if self.llama.llama_vocab_get_add_bos(self.vocab):
            first = [int(self.llama.llama_vocab_bos(self.vocab))]
        return first + [token for segment in prompt for token in self._segment(segment)]

    def text(self, tokens: Iterable[int]) -> str:
        """The text of tokens, specials left out, broken characters as U+FFFD."""
        return b"".join(self._piece(token, special=False) for token in tokens).decode(
            "utf-8", "replace"
        )

    def ends(self, token: int) -> bool:
        """Whether the token ends an answer."""
        return bool(self.llama.llama_vocab_is_eog(self.vocab, token))

    @cached_property
    def grammar_tokenizer(self) -> Any:
        """The vocabulary as llguidance's LLTokenizer (about a second for 152,000 tokens).

        It calls llama.cpp's tokeniser through a pointer: not to be used once the weights are closed.
        """
        try:
            from llguidance.llamacpp import lltokenizer_from_vocab
        except ImportError as error:
            raise BackendError(
                f"llguidance is not installed ({error}): pip install 'magos-agent[local]'"
            ) from error
        eos = int(self.llama.llama_vocab_eos(self.vocab))
        with warnings.catch_warnings():  # it calls a deprecated name of llama_cpp, once per token
            warnings.simplefilter("ignore", DeprecationWarning)
            return lltokenizer_from_vocab(self.vocab, eos_token=eos, slices=SLICES)

    def _segment(self, segment: Segment) -> list[int]:
        if segment.trusted:
            return self._tokenise(segment.text, special=True)
        found: list[int] = []
        parts = [segment.text]
        while parts:
            part = parts.pop()
            tokens = self._tokenise(part, special=False)
            marks = {self._piece(token, special=True) for token in tokens if self._special(token)}
            if marks:
                parts.extend(reversed(_cut(part, [mark.decode("utf-8") for mark in marks])))
            else:
                found += tokens
        return found

    def _special(self, token: int) -> bool:
        """Control tokens, and user-defined marks (`<think>`): llama.cpp sees those in every text."""
        attributes = int(self.llama.llama_vocab_get_attr(self.vocab, token))
        if attributes & (self.llama.LLAMA_TOKEN_ATTR_CONTROL | self.llama.LLAMA_TOKEN_ATTR_UNKNOWN):
            return True
        if attributes & self.llama.LLAMA_TOKEN_ATTR_USER_DEFINED:
            piece = self._piece(token, special=True)
            return piece.startswith(b"<") and piece.endswith(b">")
        return False

    def _tokenise(self, text: str, *, special: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 8  # a token has at least one byte; some vocabularies add a space
        buffer = (self.llama.llama_token * room)()
        count = self.llama.llama_tokenize(self.vocab, data, len(data), buffer, room, False, special)
        if count < 0:
            raise BackendError(f"the prompt of {len(data)} bytes cannot be tokenised")
        return list(buffer[:count])

    def _piece(self, token: int, *, special: bool) -> bytes:
        buffer = ctypes.create_string_buffer(1024)
        count = self.llama.llama_token_to_piece(self.vocab, token, buffer, 1024, 0, special)
        return buffer.raw[: max(count, 0)]


def _cut(text: str, marks: list[str]) -> list[str]:
    """The text in parts, none of which holds a whole mark that was seen: cut behind its first character."""
    pattern = "|".join(re.escape(mark) for mark in marks if len(mark) > 1)
    places = [found.start() + 1 for found in re.finditer(pattern, text)] if pattern else []
    if not places:
        raise BackendError("the model's vocabulary turns plain text into special tokens")
    edges = [0, *places, len(text)]
    return [text[start:end] for start, end in pairwise(edges)]
