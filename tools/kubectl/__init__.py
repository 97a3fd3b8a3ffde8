"""kubectl: command tree, argv parser, policy and typed commands."""
