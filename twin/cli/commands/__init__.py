"""One module a command, found by its being here."""
