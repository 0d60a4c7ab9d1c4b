"""Events of the engine that are not posted yet, and their deliveries to receivers outside."""
