"""The Human Phenotype Ontology and its annotations: compile, load, look up, recognise in text."""
