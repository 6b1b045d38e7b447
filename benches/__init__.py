"""Measurements of dicomwire beside its peers; see README.md in this directory."""
