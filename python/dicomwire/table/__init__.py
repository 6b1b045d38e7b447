"""Tables of header values: what `dicomwire.scan` gives, and how columns are asked for."""
