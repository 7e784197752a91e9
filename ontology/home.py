"""Where the project keeps what it makes: compiled knowledge, models, the store."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder for everything the project keeps, not created here.

    `GENECALLER_HOME` if it is set, else the platform's folder for application data.
    """
    chosen = os.environ.get("GENECALLER_HOME")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("genecaller", appauthor=False))
