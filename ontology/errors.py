"""The root of the project's one tree of exceptions, and the ontology's branch of it."""


class GenecallerError(Exception):
    """Anything the project raises on purpose; the message is for the person at the terminal."""


class KnowledgeError(GenecallerError):
    """HPO or its annotations are missing, damaged, or of another schema."""


class DownloadError(KnowledgeError):
    """A knowledge release could not be fetched or did not match its checksum."""
