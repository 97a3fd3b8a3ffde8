"""How the settings describe models: one on a server, one that runs in this process."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class OpenAI(BaseModel):
    """An OpenAI-compatible server for a chat planner. No planner of this version uses it yet."""

    model_config = ConfigDict(extra="forbid")

    base_url: str | None = None
    """URL up to and including /v1; None is the vendor's default."""
    api_key: SecretStr | None = None
    """Bearer token; never written to disk or logs."""
    model: str | None = None
    """Model name as the server knows it."""


class Llama(BaseModel):
    """A local model: one that llama.cpp runs in this process."""

    model_config = ConfigDict(extra="forbid")

    context: int = Field(default=4096, ge=512, le=1_048_576)
    """Tokens of prompt and answer together; memory grows with it."""
    threads: int | None = Field(default=None, ge=1, le=1024)
    """None is all CPUs that this process may use."""
    min_confidence: float = Field(default=0.3, ge=0, le=1)
    """Probability that the model gives to what can be said here, geometric mean over the tokens of a move that
    were a choice; below, the playbook's own move is used. 0 takes every move that passes the gate."""
    min_probability: float = Field(default=0.0, ge=0, le=1)
    """Likewise of the least likely token of a move, among those allowed; 0 is no limit."""
