"""Programs the benches start: each is one process that does one piece of work and reports it."""
