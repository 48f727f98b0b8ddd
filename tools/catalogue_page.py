"""The catalogue as a page that works from the disk: docs/site/index.html, by AsyncAPI's renderer.

`make docs` calls it after it has installed the renderer, which docs/catalogue/package.json names.
"""

import json
import shutil
from pathlib import Path

import yaml

DOCS = Path(__file__).resolve().parents[1] / "docs"
RENDERER = DOCS / "catalogue/node_modules/@asyncapi/react-component"


def main() -> None:
    """Write the page, with all that it needs beside it."""
    site = DOCS / "site"
    site.mkdir(exist_ok=True)
    shutil.copy(RENDERER / "browser/standalone/index.js", site / "renderer.js")
    shutil.copy(RENDERER / "styles/default.min.css", site / "style.css")
    document = json.dumps(yaml.safe_load((DOCS / "asyncapi.yaml").read_text()))
    page = (DOCS / "catalogue/page.html").read_text()
    # So that nothing in it can end the element that it stands in.
    (site / "index.html").write_text(page.replace("DOCUMENT", document.replace("</", "<\\/")))


if __name__ == "__main__":
    main()
