"""Executors: who turns an objective into one move."""
