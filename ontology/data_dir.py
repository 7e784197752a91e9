"""Where the project keeps what it makes: compiled knowledge, models, the store."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ontology.errors import GenecallerError


def home() -> Path:
    """The folder for everything the project keeps, not created here.

    `GENECALLER_HOME` if it is set, else the platform's folder for application data. Raises
    GenecallerError where that is no folder and can be none.
    """
    chosen = os.environ.get("GENECALLER_HOME")
    if chosen:
        return _usable(chosen)
    import platformdirs

    folder = Path(platformdirs.user_data_dir("genecaller", appauthor=False))
    if not folder.is_absolute():
        raise GenecallerError(
            f"no home folder is known for this user (HOME is not set, {str(folder)!r} leads "
            "nowhere); set GENECALLER_HOME to a folder that can be written"
        )
    return folder


def _usable(chosen: str) -> Path:
    """The folder that GENECALLER_HOME names, checked as far as it is there."""
    shown = chosen if len(chosen) <= 200 else f"{chosen[:200]}..."
    advice = "set GENECALLER_HOME to a folder that can be written"
    try:
        folder = Path(chosen).expanduser()
        mode = folder.stat().st_mode
    except FileNotFoundError:
        return folder
    except RuntimeError as error:
        raise GenecallerError(
            f"GENECALLER_HOME={shown}: there is no user of this name; {advice}"
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise GenecallerError(f"GENECALLER_HOME={shown}: {reason}; {advice}") from error
    if not stat.S_ISDIR(mode):
        raise GenecallerError(f"GENECALLER_HOME={shown}: is a file, not a folder; {advice}")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise GenecallerError(f"GENECALLER_HOME={shown}: cannot be read; {advice}")
    return folder
