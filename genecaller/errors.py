"""The exceptions of cases, models and the store; all are `ontology.errors.GenecallerError`."""

from ontology.errors import DownloadError, GenecallerError, KnowledgeError

__all__ = [
    "CaseError",
    "DownloadError",
    "GenecallerError",
    "KnowledgeError",
    "ModelError",
    "StoreError",
    "UsageError",
]


class CaseError(GenecallerError):
    """A case file, or one record of it, cannot be read.

    `source` is the file (or archive member), `where` the line ("line 12") or JSON path
    ("$.phenotypicFeatures[3].type.id"); both stand in the message.
    """

    def __init__(self, problem: str, *, source: str, where: str | None = None) -> None:
        self.problem = problem
        self.source = source
        self.where = where
        super().__init__(f"{source}{f', {where}' if where else ''}: {problem}")


class ModelError(GenecallerError):
    """A language model or an adapter cannot be loaded or run."""


class StoreError(GenecallerError):
    """The DuckDB store cannot be opened, migrated or written."""


class UsageError(GenecallerError):
    """The arguments or the input cannot be used; the command line exits with 2."""
