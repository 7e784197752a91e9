"""Fetch an official HPO release, check it, compile it, and only then put it to use."""

from __future__ import annotations

import hashlib
import http.client
import json
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ontology.compile import SOURCE_FILES
from ontology.compiled import Knowledge
from ontology.errors import DownloadError, KnowledgeError
from ontology.files import lines_of
from ontology.install import accept
from ontology.knowledge import active_folder, install, knowledge_folder, open_knowledge
from ontology.losses import refuse_losses
from ontology.manifest import tell

OFFICIAL = "https://api.github.com/repos/obophenotype/human-phenotype-ontology/releases"
TIMEOUT_S = 60
CHUNK = 1 << 20

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of a release: where it lies and what its SHA-256 must be (None: not published)."""

    name: str
    url: str
    sha256: str | None


def update(
    version: str,
    progress: Progress,
    *,
    source: str | None = None,
    allow_unchecked: bool = False,
    force: bool = False,
) -> Path:
    """Fetch release `version` ("2025-05-06", or "latest"), compile it and make it the one in use.

    Without `source` the official GitHub release is asked, whose listing states each file's
    SHA-256. `source` is the address of a mirror: a folder that holds, per version, the release
    files and a SHA256SUMS file. A file without a published checksum is refused unless
    `allow_unchecked`. A release that has lost more than a few percent of the terms, diseases,
    genes or pairs of the one in use is refused unless `force`. Raises DownloadError or
    KnowledgeError; what was in use stays in use then.
    """
    assets = _mirror_assets(source, version) if source else _official_assets(version)
    missing = [a.name for a in assets if a.sha256 is None]
    if missing and not allow_unchecked:
        raise DownloadError(
            f"release {version} publishes no checksum for {', '.join(missing)}: "
            "use a mirror with a SHA256SUMS file (--source), or accept it with --allow-unchecked"
        )
    try:
        knowledge_folder().mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(dir=knowledge_folder(), prefix=".fetching-")
    except OSError as error:
        raise DownloadError(f"nothing can be written to {knowledge_folder()}: {error}") from error
    with scratch as folder:
        for asset in assets:
            _fetch(asset, Path(folder) / asset.name, progress)
        old = None if force else release_in_use(progress)
        check = accept if old is None else partial(refuse_losses, old=old)
        return install(Path(folder), progress, keep_source=True, check=check)


def release_in_use(progress: Progress) -> Knowledge | None:
    """What a new release is compared with; None where nothing is in use that can be loaded."""
    if active_folder() is None:
        return None
    try:
        return open_knowledge(progress)
    except KnowledgeError as error:
        tell(f"{error}; the new release is compared with nothing")
        return None


def _official_assets(version: str) -> list[Asset]:
    tag = "latest" if version == "latest" else f"tags/v{quote(version.removeprefix('v'))}"
    listing = _json(f"{OFFICIAL}/{tag}")
    found: dict[str, Asset] = {}
    for item in listing.get("assets", []):
        digest = item.get("digest") or ""
        found[item["name"]] = Asset(
            item["name"],
            item["browser_download_url"],
            digest.removeprefix("sha256:") if digest.startswith("sha256:") else None,
        )
    absent = [name for name in SOURCE_FILES if name not in found]
    if absent:
        raise DownloadError(f"release {version} has no {', '.join(absent)}")
    return [found[name] for name in SOURCE_FILES]


def _mirror_assets(source: str, version: str) -> list[Asset]:
    base = f"{source.rstrip('/')}/{quote(version)}"
    sums: dict[str, str] = {}
    for line in lines_of(_get(f"{base}/SHA256SUMS").decode("utf-8", "replace")):
        digest, _, name = line.strip().partition(" ")
        sums[name.strip().lstrip("*")] = digest.lower()
    return [Asset(name, f"{base}/{name}", sums.get(name)) for name in SOURCE_FILES]


def _json(url: str) -> dict[str, Any]:
    try:
        listing = json.loads(_get(url))
    except ValueError as error:
        raise DownloadError(f"{url} did not answer with JSON: {error}") from error
    if not isinstance(listing, dict):
        raise DownloadError(f"{url} did not answer with a release's description")
    return listing


def _open(url: str) -> Any:
    if not url.startswith(("https://", "http://", "file://")):
        raise DownloadError(f"{url!r} is not an http(s) or file address")
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "genecaller"})
        return urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        raise DownloadError(
            f"{url} answered {error.code} {error.reason}: is the version right?"
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise DownloadError(f"{url} cannot be reached ({reason}); nothing was changed") from error


def _get(url: str) -> bytes:
    try:
        with _open(url) as answer:
            content: bytes = answer.read()
            return content
    except (OSError, http.client.HTTPException) as error:
        raise DownloadError(f"{url} broke off: {error}; nothing was changed") from error


def _fetch(asset: Asset, target: Path, progress: Progress) -> None:
    digest = hashlib.sha256()
    done = 0
    try:
        with _open(asset.url) as answer, target.open("wb") as out:
            length = answer.headers.get("Content-Length")
            total = int(length) if length and length.isdigit() else None
            while chunk := answer.read(CHUNK):
                out.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                of = f" of {total / 1e6:.0f}" if total else ""
                progress(f"fetching {asset.name}, {done / 1e6:.0f}{of} MB")
    except (OSError, http.client.HTTPException) as error:
        raise DownloadError(f"{asset.url} broke off: {error}; nothing was changed") from error
    if total is not None and done != total:
        raise DownloadError(
            f"{asset.url} broke off after {done} of {total} bytes; nothing was changed"
        )
    if asset.sha256 is not None and digest.hexdigest() != asset.sha256:
        raise DownloadError(
            f"{asset.name} has SHA-256 {digest.hexdigest()}, the release states {asset.sha256}: "
            "the download is damaged or altered; nothing was changed"
        )
