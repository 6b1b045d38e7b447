"""Service class providers: what receives."""
