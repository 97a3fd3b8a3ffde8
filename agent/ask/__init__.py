"""Ask: vague words in, the next concrete command out, judged and not run."""
