"""Planners: which objective comes next, and when to conclude."""
