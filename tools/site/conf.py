"""Sphinx builds the site by this: no network, and every warning is an error."""

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

import ftrace_actors

project = "ftrace-actors"
author = "the authors of ftrace-actors"
release = version = ftrace_actors.__version__
copyright = "GPL-2.0-only"  # noqa: A001 - Sphinx calls it that

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
highlight_language = "none"
suppress_warnings = ["misc.highlighting_failure"]  # a snippet with … in it is not JSON

myst_heading_anchors = 6

html_theme = "furo"
html_title = f"ftrace-actors {version}"
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None


def setup(app: Sphinx) -> None:
    """Litmus tests are shown as they are."""
    app.add_lexer("litmus", TextLexer)
