"""Commands that people and due times give to executions."""
