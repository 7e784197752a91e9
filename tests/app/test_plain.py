"""Names are text: one place escapes Markdown, and every call that reads it goes through it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.render.plain import LONGEST_NAME, plain, plain_name, visible

APP = Path(__file__).parents[2] / "app"
READS_MARKDOWN = """
badge button caption checkbox dialog download_button error expander file_uploader
form_submit_button header info link_button markdown metric multiselect number_input page_link
pills popover progress radio segmented_control selectbox slider spinner status subheader success
tabs text_area text_input title toast toggle warning write
"""
"""Streamlit's functions whose first argument, and the keywords below, are Markdown."""
KEYWORDS = frozenset(("body", "delta", "help", "label", "text", "value", "caption", "captions"))
OPTIONS_ARE_MARKDOWN = frozenset(("pills", "radio", "segmented_control"))
ESCAPING = frozenset(("plain", "plain_name"))
NUMERIC = frozenset(("len", "round", "sum", "int", "float", "min", "max", "ceil"))
NUMBER_FORMATS = tuple("dfge%,")


class Module:
    """One file of the app, and whether what it shows as Markdown is escaped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.functions = {n.name: n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef)}
        self.constants = {
            target.id
            for node in self.tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name) and all_constant(node.value)
        }
        self.trusted: set[str] = set()

    def unescaped(self) -> Iterator[str]:
        """Each argument read as Markdown that may hold a name as it is."""
        scopes = [*self.functions.values()]
        for function in scopes:
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                    yield from self._in_call(call, function)

    def _in_call(self, call: ast.Call, function: ast.FunctionDef) -> Iterator[str]:
        called = call.func.attr  # type: ignore[attr-defined]
        if called == "write" and ast.unparse(call.func.value) in files_in(function):  # type: ignore[attr-defined]
            return
        given = [k.value for k in call.keywords if k.arg == "help"]
        if called in READS_MARKDOWN.split():
            given += call.args[:1] if called != "metric" else call.args[:3]
            given += [k.value for k in call.keywords if k.arg in KEYWORDS - {"help"}]
            if called == "progress":
                given = [k.value for k in call.keywords if k.arg == "text"]
            if called in ("text_input", "text_area", "number_input", "checkbox", "multiselect"):
                given = [g for g in given if g not in call.args[1:]]
        if called in OPTIONS_ARE_MARKDOWN:
            shown = [k.value for k in call.keywords if k.arg == "format_func"]
            given += shown or call.args[1:2]
        for value in given:
            if not self.is_safe(value, function):
                where = f"{self.path.relative_to(APP)}:{value.lineno}"
                yield f"{where}: {called}({ast.unparse(value)[:90]})"

    def is_safe(self, node: ast.expr, function: ast.FunctionDef) -> bool:
        """Whether an expression is a constant, a number or escaped, as far as can be seen."""
        match node:
            case ast.Constant():
                return True
            case ast.JoinedStr(values=parts):
                return all(self.is_safe(part, function) for part in parts)
            case ast.FormattedValue(value=value, format_spec=spec):
                return is_number_format(spec) or self.is_safe(value, function)
            case ast.IfExp(body=one, orelse=other):
                return self.is_safe(one, function) and self.is_safe(other, function)
            case ast.BoolOp(values=values):
                return all(self.is_safe(value, function) for value in values)
            case ast.BinOp(left=one, right=other):
                return self.is_safe(one, function) and self.is_safe(other, function)
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return all(self.is_safe(element, function) for element in elements)
            case ast.Starred(value=value):
                return self.is_safe(value, function)
            case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
                return self.is_safe(element, function)
            case ast.Lambda(body=body):
                return self.is_safe(body, function)
            case ast.Subscript(value=ast.Name(id=table)):
                return table in self.constants
            case ast.Name(id=variable):
                return self._is_safe_name(variable, function)
            case ast.Call(func=ast.Name(id=called)):
                return self._is_safe_call(called)
            case ast.Call(func=ast.Attribute(attr="join"), args=[parts]):
                return self.is_safe(parts, function)
        return False

    def _is_safe_call(self, called: str) -> bool:
        if called in ESCAPING | NUMERIC or called in self.trusted:
            return True
        if (inner := self.functions.get(called)) is None:
            return False
        self.trusted.add(called)  # one that calls itself
        returned = [n.value for n in ast.walk(inner) if isinstance(n, ast.Return) and n.value]
        if all(self.is_safe(value, inner) for value in returned):
            return True
        self.trusted.remove(called)
        return False

    def _is_safe_name(self, variable: str, function: ast.FunctionDef) -> bool:
        if variable in self.constants | ESCAPING or self.functions.get(variable):
            return variable not in self.functions or self._is_safe_call(variable)
        assigned = []
        for node in ast.walk(function):
            match node:
                case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == variable:
                    assigned.append(value)
                case ast.AugAssign(target=ast.Name(id=found), value=value) if found == variable:
                    assigned.append(value)
                case ast.NamedExpr(target=ast.Name(id=found), value=value) if found == variable:
                    assigned.append(value)
                case (
                    ast.For(target=target, iter=source)
                    | ast.comprehension(target=target, iter=source)
                ):
                    if any(isinstance(n, ast.Name) and n.id == variable for n in ast.walk(target)):
                        assigned.append(source)
        if variable in {argument.arg for argument in function.args.args}:
            annotation = next(a for a in function.args.args if a.arg == variable).annotation
            return annotation is not None and ast.unparse(annotation) in ("int", "float")
        return bool(assigned) and all(self.is_safe(value, function) for value in assigned)


def files_in(function: ast.FunctionDef) -> set[str]:
    """The names that a function gives to files it replaces: their `write` draws nothing."""
    return {
        ast.unparse(item.optional_vars)
        for node in ast.walk(function)
        if isinstance(node, ast.With)
        for item in node.items
        if item.optional_vars is not None
        and isinstance(item.context_expr, ast.Call)
        and ast.unparse(item.context_expr.func) == "replacing"
    }


def all_constant(node: ast.expr) -> bool:
    """Whether nothing but constants is in an expression."""
    parts = ast.Constant | ast.Dict | ast.Tuple | ast.List | ast.Name | ast.Load | ast.Set
    return all(isinstance(part, parts) for part in ast.walk(node))


def is_number_format(spec: ast.expr | None) -> bool:
    """Whether a format takes nothing but numbers or dates: ":,", ":.0%", ":%Y-%m-%d"."""
    if not isinstance(spec, ast.JoinedStr) or not spec.values:
        return False
    last = spec.values[-1]
    return isinstance(last, ast.Constant) and str(last.value).endswith((*NUMBER_FORMATS, "M", "S"))


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=lambda p: str(p.relative_to(APP)))
def test_whatever_streamlit_reads_as_markdown_is_escaped(path: Path) -> None:
    assert list(Module(path).unescaped()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("st.caption(f'{case.id} is here')", 1),
        ("st.caption(f'{plain(case.id)} is here')", 0),
        ("st.button('x', help=f'about {case.id}')", 1),
        ("st.error(str(error))", 1),
        ("said = plain(error)\n    st.error(said)", 0),
        ("said = error\n    st.error(said)", 1),
        ("st.caption(f'{len(case.terms):,} of {total:,}')", 0),
        ("st.segmented_control('x', found)", 1),
        ("st.segmented_control('x', found, format_func=plain)", 0),
        ("box.expander(', '.join(one.title for one in found))", 1),
        ("st.progress(0.5, text=batch.message)", 1),
    ],
)
def test_the_check_sees_a_name_that_is_not_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, found: int
) -> None:
    monkeypatch.setattr("tests.app.test_plain.APP", tmp_path)
    (tmp_path / "page.py").write_text(f"def page():\n    {source}\n")
    assert len(list(Module(tmp_path / "page.py").unescaped())) == found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![](http://x)", r"\!\[\]\(http\:" + "\u2060" + r"\/\/x\)"),
        (":material_home:", r"\:" + "\u2060" + r"material\_home\:"),
        ("a -> b", r"a \-" + "\u2060" + r"\> b"),
        ("a\nb\u2028 c\td", "a b c d"),
        ("PMID:1_fam-2", r"PMID\:1\_fam\-2"),
        ("x\u202egpj", r"x\[U\+202E\]gpj"),
        ("x\x00\ud800", r"x\[U\+0000\]\[U\+D800\]"),
    ],
)
def test_markdown_is_escaped_and_hidden_marks_are_written_out(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_very_long_name_is_cut() -> None:
    assert visible("a" * 5000, 100) == "a" * 99 + "…"
    assert len(plain_name("a" * 5000)) == LONGEST_NAME
