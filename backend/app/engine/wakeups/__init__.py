"""Wake-ups: which executions to look at."""
