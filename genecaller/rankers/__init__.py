"""Classical phenotype rankers: one small file a method, one registry."""
