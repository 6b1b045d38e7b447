"""The command ``dicomwire``: one verb, one file."""
