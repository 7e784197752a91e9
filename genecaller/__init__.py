"""Ranks the genes that may explain a rare-disease case report. Research use; not a diagnosis."""

__version__ = "0.1.0"
