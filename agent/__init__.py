"""The investigation: incident, planner, graph, conclusion, report, command line."""
