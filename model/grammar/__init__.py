"""Grammars: what a model may say, from plain data. No Kubernetes, no cluster; see agent.grammars."""
