"""Changing instances on their way: what to change, to which value."""
