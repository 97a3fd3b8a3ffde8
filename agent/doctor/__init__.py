"""Doctor: what is here, what that allows, how to get what is missing. Changes nothing."""
