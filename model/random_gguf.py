"""Random-weight models of the two shapes the executor runs, for tests and measurements without any download.

    python -m model.random_gguf --shape nano OUT.gguf
    python -m model.random_gguf --shape magos --layers 2 OUT.gguf

The files are complete: llama.cpp, and any server built on it, loads them. What they say is noise. Needs the
packages `gguf` and `numpy`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from model.prompt import Style, metadata
from model.random_vocabulary import END, Vocabulary, made_up

Precision = Literal["f32", "f16", "q8_0"]
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
FAVOUR = 0.5
"""See `_matrix`."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a Qwen3 model with tied embeddings. Widths are multiples of 32, the block of q8_0."""

    vocabulary: int
    """Tokens that mean something."""
    padded: int
    """Rows of the embedding; the rest are unused tokens."""
    width: int
    layers: int
    heads: int
    kv_heads: int
    head_width: int
    feed_forward: int
    context: int
    """Tokens the model was made for."""
    rope_base: float = 1e6
    style: Style | None = None
    """Of the prompts that the file asks for; None says nothing, as the published magos does."""

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name and (rows, columns) of every tensor, as llama.cpp expects them; vectors are norms."""
        yield "token_embd.weight", (self.padded, self.width)
        yield "output_norm.weight", (self.width,)
        for layer in range(self.layers):
            for name, shape in self._block():
                yield f"blk.{layer}.{name}.weight", shape

    def _block(self) -> list[tuple[str, tuple[int, ...]]]:
        queries, keys = self.heads * self.head_width, self.kv_heads * self.head_width
        return [
            ("attn_norm", (self.width,)),
            ("attn_q", (queries, self.width)),
            ("attn_k", (keys, self.width)),
            ("attn_v", (keys, self.width)),
            ("attn_output", (self.width, queries)),
            ("attn_q_norm", (self.head_width,)),
            ("attn_k_norm", (self.head_width,)),
            ("ffn_norm", (self.width,)),
            ("ffn_gate", (self.feed_forward, self.width)),
            ("ffn_up", (self.feed_forward, self.width)),
            ("ffn_down", (self.width, self.feed_forward)),
        ]

    def cache_bytes(self, context: int) -> int:
        """Bytes of the key-value cache at f16."""
        return 2 * 2 * self.layers * self.kv_heads * self.head_width * context


SHAPES = {
    "nano": Shape(8192, 8192, 256, 8, 4, 2, 64, 768, 4096, 1e4, "nano"),
    "magos": Shape(151_669, 151_936, 1024, 28, 16, 8, 128, 3072, 40_960),  # Qwen3-0.6B's own
}


def write(path: Path, shape: Shape, *, precision: Precision = "q8_0", seed: int = 0) -> None:
    """Write a model with weights drawn from `seed`.

    Raises ImportError without `gguf` and `numpy`, OSError where the file cannot be written.
    """
    import gguf

    writer = gguf.GGUFWriter(path, "qwen3")
    try:
        _fill(writer, shape, precision, seed)
    finally:
        writer.close()


def _fill(writer: Any, shape: Shape, precision: Precision, seed: int) -> None:
    import gguf
    import numpy as np

    rng = np.random.default_rng(seed)
    kind = gguf.GGMLQuantizationType[precision.upper()]
    _describe(writer, shape, gguf.LlamaFileType[_FILE_TYPES[precision]])
    vocabulary = made_up(shape.vocabulary, pad_to=shape.padded, rng=rng)
    _add_tokenizer(writer, vocabulary)
    for name, rows in shape.tensors():
        matrix = len(rows) > 1
        stored = kind if matrix else gguf.GGMLQuantizationType.F32
        if stored is gguf.GGMLQuantizationType.Q8_0:
            size = gguf.quant_shape_to_byte_shape(rows, stored)
            nbytes = int(np.prod(size))
            writer.add_tensor_info(name, size, np.dtype(np.uint8), nbytes, raw_dtype=stored)
        else:
            dtype = np.dtype(np.float16 if stored is gguf.GGMLQuantizationType.F16 else np.float32)
            writer.add_tensor_info(name, rows, dtype, int(np.prod(rows)) * dtype.itemsize)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for name, rows in shape.tensors():  # one at a time: the whole model need not fit in memory
        if len(rows) == 1:
            writer.write_tensor_data(1 + _normal(rng, rows) * np.float32(0.1))
        else:
            # Some tokens are likelier than others in any context: a trained model has clear favourites too.
            rank = FAVOUR if name.startswith("token_embd") else 0.0
            writer.write_tensor_data(_matrix(rows, kind, rng, rank))


def _matrix(shape: tuple[int, ...], kind: Any, rng: Any, favour: float) -> Any:
    """Random weights as they are stored; logits spread by about 2, activations stay in bounds.

    `favour` is by how much rows differ in length: the standard deviation of its logarithm.
    """
    import gguf
    import numpy as np

    spread = np.exp(favour * _normal(rng, (shape[0], 1))) * np.float32(2 / np.sqrt(shape[1]))
    if kind is not gguf.GGMLQuantizationType.Q8_0:
        weights = _normal(rng, shape) * spread
        return weights.astype(np.float16 if kind is gguf.GGMLQuantizationType.F16 else np.float32)
    # A block is one f16 scale and 32 signed bytes; drawn as such, since to quantise takes ten times as long.
    columns = shape[1] // _BLOCK
    scales = rng.uniform(0.5, 1.5, (shape[0], columns)) * spread * np.sqrt(3) / 127
    steps = rng.integers(-127, 128, (shape[0] * columns, _BLOCK), dtype=np.int8)
    head = scales.astype(np.float16).reshape(-1, 1).view(np.uint8)
    return np.hstack([head, steps.view(np.uint8)]).reshape(shape[0], -1)


def _normal(rng: Any, shape: tuple[int, ...]) -> Any:
    return rng.standard_normal(shape, dtype="float32")


_BLOCK = 32  # of q8_0
_FILE_TYPES = {"f32": "ALL_F32", "f16": "MOSTLY_F16", "q8_0": "MOSTLY_Q8_0"}


def _describe(writer: Any, shape: Shape, file_type: Any) -> None:
    writer.add_name(f"random weights, {shape.layers} layers of {shape.width}")
    for key, value in metadata(shape.style).items() if shape.style else ():
        writer.add_string(key, value)
    writer.add_file_type(file_type)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(shape.rope_base)


def _add_tokenizer(writer: Any, vocabulary: Vocabulary) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.types)
    writer.add_token_merges(vocabulary.merges)
    writer.add_eos_token_id(vocabulary.id(END))
    writer.add_pad_token_id(vocabulary.id("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHATML)


def main(argv: list[str] | None = None) -> None:
    """The command line in the module's docstring."""
    parser = argparse.ArgumentParser(
        prog="python -m model.random_gguf", description="Write a model with random weights."
    )
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.add_argument(
        "--shape", choices=sorted(SHAPES), default="nano", help="nano: 9 MB; magos: 640 MB (q8_0)"
    )
    parser.add_argument("--layers", type=int, help="instead of the shape's own number")
    parser.add_argument("--precision", choices=get_args(Precision), default="q8_0")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    shape = SHAPES[options.shape]
    if options.layers is not None:
        if options.layers < 1:
            parser.error("--layers: at least 1")
        shape = replace(shape, layers=options.layers)
    if options.out.exists() and not options.force:
        parser.error(f"{options.out} is there already; --force replaces it")
    part = options.out.with_name(options.out.name + ".part")  # what is cut off is no model
    try:
        write(part, shape, precision=options.precision, seed=options.seed)
        part.replace(options.out)
    except ImportError as error:
        parser.exit(1, f"{parser.prog}: {error}: pip install gguf numpy\n")
    except OSError as error:
        parser.exit(1, f"{parser.prog}: {options.out}: {error.strerror or error}\n")
    finally:
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
