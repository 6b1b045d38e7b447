"""Service class users: one service, one module."""
