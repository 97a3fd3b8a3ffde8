"""A Qwen3 forward pass in numpy, read straight from a GGUF file: what llama.cpp is compared with.

It shares no code with llama.cpp or with model/. Matrix products follow the file's precision as llama.cpp's
CPU kernels do: beside q8_0 weights the activations are rounded to 8 bits in blocks of 32, beside f16 ones to f16.
Attention adds up in f16.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np

Array = Any
BLOCK = 32
"""Values that share one scale in q8_0."""


class NumpyQwen3:
    """See the module docstring. No cache: every call computes the whole prompt."""

    def __init__(self, path: Path) -> None:
        reader: Any = gguf.GGUFReader(path)
        self.weights: dict[str, Array] = {}
        self.kinds: dict[str, gguf.GGMLQuantizationType] = {}
        for tensor in reader.tensors:
            self.kinds[tensor.name] = tensor.tensor_type
            self.weights[tensor.name] = gguf.dequantize(tensor.data, tensor.tensor_type).astype(
                np.float32
            )

        def read(key: str) -> Any:
            return reader.fields[f"qwen3.{key}"].contents()

        self.layers = int(read("block_count"))
        self.heads = int(read("attention.head_count"))
        self.kv_heads = int(read("attention.head_count_kv"))
        self.head_width = int(read("attention.key_length"))
        self.epsilon = float(read("attention.layer_norm_rms_epsilon"))
        self.rope_base = float(read("rope.freq_base"))

    def logits(self, tokens: list[int]) -> Array:
        """Scores of the token to follow."""
        hidden = self.weights["token_embd.weight"][tokens]
        for layer in range(self.layers):
            hidden = hidden + self._attend(layer, hidden)
            hidden = hidden + self._feed_forward(layer, hidden)
        last = self._norm(hidden[-1:], "output_norm")
        return self._times(last, "token_embd")[0]

    def _attend(self, layer: int, hidden: Array) -> Array:
        block = f"blk.{layer}."
        normed = self._norm(hidden, block + "attn_norm")
        shape = (len(hidden), -1, self.head_width)
        queries = self._times(normed, block + "attn_q").reshape(shape)
        keys = self._times(normed, block + "attn_k").reshape(shape)
        values = self._times(normed, block + "attn_v").reshape(shape)
        queries = self._rotate(self._norm(queries, block + "attn_q_norm"))
        keys = self._rotate(self._norm(keys, block + "attn_k_norm"))
        group = self.heads // self.kv_heads
        keys, values = (np.repeat(_half(part), group, axis=1) for part in (keys, values))
        mixed = _attention(_half(queries), keys, values).reshape(len(hidden), -1)
        return self._times(mixed, block + "attn_output")

    def _feed_forward(self, layer: int, hidden: Array) -> Array:
        block = f"blk.{layer}."
        normed = self._norm(hidden, block + "ffn_norm")
        gate = self._times(normed, block + "ffn_gate")
        opened = gate / (1 + np.exp(-gate)) * self._times(normed, block + "ffn_up")
        return self._times(opened, block + "ffn_down")

    def _norm(self, values: Array, name: str) -> Array:
        scale = np.sqrt((values**2).mean(axis=-1, keepdims=True) + self.epsilon)
        return values / scale * self.weights[name + ".weight"]

    def _rotate(self, heads: Array) -> Array:
        """Rotary positions, the halves of a head paired (NeoX)."""
        half = self.head_width // 2
        frequencies = self.rope_base ** (-np.arange(half) / half)
        angles = np.arange(len(heads))[:, None] * frequencies[None, :]
        cosine, sine = np.cos(angles)[:, None, :], np.sin(angles)[:, None, :]
        first, second = heads[..., :half], heads[..., half:]
        turned = [first * cosine - second * sine, first * sine + second * cosine]
        return np.concatenate(turned, axis=-1).astype(np.float32)

    def _times(self, values: Array, name: str) -> Array:
        kind = self.kinds[name + ".weight"]
        if kind is gguf.GGMLQuantizationType.Q8_0:
            blocks = values.reshape(*values.shape[:-1], -1, BLOCK)
            scale = np.abs(blocks).max(axis=-1, keepdims=True) / 127
            steps = np.round(blocks / np.where(scale == 0, 1, scale))
            values = (steps * _half(scale)).reshape(values.shape)
        elif kind is gguf.GGMLQuantizationType.F16:
            values = _half(values)
        return values.astype(np.float32) @ self.weights[name + ".weight"].T


def _attention(queries: Array, keys: Array, values: Array) -> Array:
    """Softmax over the past, added up position by position in f16, as llama.cpp's flash attention does."""
    count, heads, width = queries.shape
    scores = np.einsum("qhd,khd->qhk", queries, keys).astype(np.float32) / np.sqrt(
        np.float32(width)
    )
    mixed = np.zeros((count, heads, width), dtype=np.float32)
    total = np.zeros((count, heads, 1), dtype=np.float32)
    highest = np.full((count, heads, 1), -np.inf, dtype=np.float32)
    for place in range(count):  # only queries from here on see this position
        score, top = scores[place:, :, place : place + 1], highest[place:]
        better = score > top
        faded = np.where(better, np.exp(np.minimum(top - score, 0)), 1)
        share = np.where(better, 1, np.exp(np.minimum(score - top, 0)))
        kept = np.where(better, _half(mixed[place:] * faded), mixed[place:])
        mixed[place:] = _half(kept + values[place] * share)
        total[place:] = total[place:] * faded + share
        highest[place:] = np.maximum(top, score)
    return mixed / total


def _half(values: Array) -> Array:
    """Rounded to f16: the precision of the key-value cache and of stored scales."""
    return values.astype(np.float16).astype(np.float32)
