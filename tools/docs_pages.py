"""The pages that the site of the docs is built from: docs/building/pages, for `make docs`.

Pages in docs/ are written for whoever reads them in a checkout: they link to code, to README and to
folders. On the site, what is linked to is a page, too, with the file as it is in this checkout, so
that the site needs no other one. Beside them lie the catalogue of events, and what a browser runs.
"""

import ast
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
BUILDING = DOCS / "building"
MODULES = BUILDING / "node_modules"
# Pages outside docs/ that the navigation leads to, whether or not a page links to them.
OTHERS = ("README.es.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
_NOT_SEARCHED = "---\nsearch:\n  exclude: true\n---\n\n"
_LANGUAGES = {".py": "python", ".ts": "ts", ".sh": "sh", ".sql": "sql", ".yaml": "yaml"}


def place(path: Path) -> Path:
    """Where a file or folder of the checkout is among the pages."""
    in_docs = path.is_relative_to(DOCS)
    name = path.relative_to(DOCS) if in_docs else "source" / path.relative_to(ROOT)
    if path.is_dir():
        return name / ("README.md" if (path / "README.md").exists() else "index.md")
    return name if in_docs or path.suffix in (".md", ".json") else Path(f"{name}.md")


def linked(path: Path, text: str) -> Iterator[Path]:
    """What a page links to in this checkout, in its prose."""
    for link in _LINK.finditer(_FENCE.sub("", text)):
        if "://" not in link[1]:
            yield Path(os.path.normpath(path.parent / link[1]))


def with_links_of_the_site(path: Path, text: str) -> str:
    """The page with its links as they are among the pages."""

    def there(link: re.Match[str]) -> str:
        if "://" in link[1]:
            return link[0]
        target = place(Path(os.path.normpath(path.parent / link[1])))
        return f"]({os.path.relpath(target, place(path).parent)}{link[2] or ''})"

    pieces = re.split(f"({_FENCE.pattern})", text, flags=_FENCE.flags)
    return "".join(p if p.startswith("```") else _LINK.sub(there, p) for p in pieces)


def as_page(path: Path) -> str:
    """A file or folder that is no page, shown as one."""
    title = f"{_NOT_SEARCHED}# `{path.relative_to(ROOT)}`\n\n"
    if path.is_dir():
        return title + "".join(f"- {line}\n" for line in sorted(_listed(path)))
    language = _LANGUAGES.get(path.suffix, "text")
    return f"{title}````{language}\n{path.read_text('utf-8').rstrip()}\n````\n"


def _listed(folder: Path) -> Iterator[str]:
    for path in folder.iterdir():
        if path.name.startswith((".", "__")):
            continue
        says = ast.get_docstring(ast.parse(path.read_text("utf-8"))) if path.suffix == ".py" else ""
        first = (says or "").partition("\n")[0]
        yield f"`{path.name}{'/' if path.is_dir() else ''}`" + (f": {first}" if first else "")


def write(out: Path) -> None:
    """Write all pages into the folder, from docs/ and from wherever these lead."""
    left = [p for p in DOCS.rglob("*.md") if not p.is_relative_to(BUILDING)]
    left += [ROOT / name for name in OTHERS]
    written: set[Path] = set()
    while left:
        path = left.pop()
        if path.is_dir() and (path / "README.md").exists():
            path /= "README.md"
        if path in written:
            continue
        written.add(path)
        page = out / place(path)
        page.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            text = path.read_text("utf-8")
            left += linked(path, text)
            page.write_text(with_links_of_the_site(path, text), "utf-8")
        elif page.suffix == ".md":
            page.write_text(as_page(path), "utf-8")
        else:
            shutil.copy(path, page)


def api() -> str:
    """The operations of the HTTP API as a page; where Lector runs, `/docs` has all of them."""
    contract = json.loads((ROOT / "functions/upload/openapi.json").read_text("utf-8"))
    lines = [
        "# HTTP API",
        "",
        "A Lector shows its API at `/docs`, with every field, and examples to try. Here is the",
        "list. [Use it in a program](programs.md) is where to begin, and",
        "[openapi.json](source/functions/upload/openapi.json) is the contract.",
    ]
    operations = [
        (one, f"`{method.upper()} {path}`")
        for path, methods in contract["paths"].items()
        for method, one in methods.items()
        if "summary" in one
    ]
    for tag in contract["tags"]:
        lines += ["", f"## {tag['description']}", "", "| operation | what it does |", "|---|---|"]
        lines += [
            f"| {at} | {one['summary']} |" for one, at in operations if tag["name"] in one["tags"]
        ]
    return "\n".join(lines) + "\n"


def write_catalogue(folder: Path) -> None:
    """The catalogue of events as a page by itself, by AsyncAPI's own renderer."""
    renderer = MODULES / "@asyncapi/react-component"
    folder.mkdir(exist_ok=True)
    shutil.copy(renderer / "browser/standalone/index.js", folder / "renderer.js")
    shutil.copy(renderer / "styles/default.min.css", folder / "style.css")
    document = json.dumps(yaml.safe_load((DOCS / "asyncapi.yaml").read_text("utf-8")))
    page = (BUILDING / "catalogue.html").read_text("utf-8")
    # So that nothing in it can end the element that it stands in.
    (folder / "index.html").write_text(page.replace("DOCUMENT", document.replace("</", "<\\/")))


def main() -> None:
    """Write pages, catalogue and scripts anew."""
    out = BUILDING / "pages"
    shutil.rmtree(out, ignore_errors=True)
    write(out)
    (out / "api.md").write_text(api(), "utf-8")
    write_catalogue(out / "catalogue")
    events = out / "events.md"
    events.write_text(
        events.read_text("utf-8").replace("(asyncapi.yaml)", "(catalogue/index.html)"), "utf-8"
    )
    assets = out / "assets"
    assets.mkdir()
    shutil.copy(BUILDING / "site.css", assets)
    shutil.copy(MODULES / "@mermaid-js/tiny/dist/mermaid.tiny.js", assets / "mermaid.js")
    shutil.copy(MODULES / "iframe-worker/shim/index.js", assets / "iframe-worker.js")


if __name__ == "__main__":
    main()
