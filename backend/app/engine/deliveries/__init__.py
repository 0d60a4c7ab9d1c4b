"""Events of the engine: posted as events that start workflows, and delivered to receivers outside."""
