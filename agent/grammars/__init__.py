"""What a model may say at this moment: from cluster names, command tree, policy and OpenAPI to grammars."""
