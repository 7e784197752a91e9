"""Reading the results of other gene prioritisation tools."""

from genecaller.evaluation.imports.read import Imported, read_results

__all__ = ["Imported", "read_results"]
