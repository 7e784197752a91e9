"""The layers hold: who may import whom, and what no import may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "ontology": {"ontology"},
    "genecaller": {"ontology", "genecaller"},
    "training": {"ontology", "genecaller", "training"},
    "app": {"ontology", "genecaller", "app"},
}
HEAVY = ("torch", "transformers", "trl", "peft", "streamlit", "ray", "pandas", "scipy")


def modules() -> list[Path]:
    return [path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]


def imports(tree: ast.AST) -> list[tuple[str, int]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append((node.module, node.lineno))
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_respect_the_layers(path: Path) -> None:
    relative = path.relative_to(ROOT)
    package = relative.parts[0]
    allowed = set(MAY_IMPORT[package])
    if relative.parts[:2] == ("genecaller", "cli"):
        allowed |= {"training", "app"}  # only the command line, and only inside a function
    if package == "app":
        allowed |= {"training"}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name, line in imports(tree):
        top = name.split(".")[0]
        assert top not in MAY_IMPORT or top in allowed, f"{relative}:{line} imports {name}"
    top_level = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    for name, line in imports(ast.Module(top_level, [])):
        top = name.split(".")[0]
        assert top not in HEAVY or package in ("app", "training"), f"{relative}:{line}: {name}"
        if package == "genecaller":
            assert top not in ("training", "app"), f"{relative}:{line} imports {name} at once"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from genecaller.cli import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([m for m in {(*HEAVY, 'numpy', 'duckdb', 'pronto', 'rich')!r} if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert "Commands:" in out
    assert out.splitlines()[-1] == "[]"
