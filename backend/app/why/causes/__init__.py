"""Why an execution does not go on."""
