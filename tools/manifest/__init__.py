"""Manifests and patches: strict YAML, schemas, and what a written object may say."""
