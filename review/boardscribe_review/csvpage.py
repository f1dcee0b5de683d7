"""The page of pictures that goes with a file of questions: a spreadsheet shows none."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment
from markupsafe import Markup

from boardscribe.review import ReviewTask

__all__ = ["page_of"]

_STYLE = """
:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; }
article { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1rem;
  border-top: 1px solid; padding: 1rem 0; }
img { max-width: 100%; max-height: 70vh; height: auto; }
@media (max-width: 40rem) { article { grid-template-columns: 1fr; } }
"""

_TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{{ name }}</title>
<style>{{ style }}</style>
</head>
<body>
<h1>{{ name }}</h1>
<p>One picture a row of {{ name }}.csv, in the same order. README.txt says how to answer.</p>
{% for task in tasks %}
<article id="{{ task.task_id }}">
<div>
<h2>{{ loop.index }}. {{ task.task_id }}</h2>
{% if task.content.crop %}<img src="pictures/{{ task.task_id }}.jpg" loading="lazy" alt="The note">{% endif %}
</div>
<div>
{% if task.content.context %}<img src="pictures/{{ task.task_id }}-board.jpg" loading="lazy" alt="The board with the note marked">{% endif %}
</div>
</article>
{% endfor %}
</body>
</html>
"""


def page_of(name: str, tasks: Sequence[ReviewTask]) -> bytes:
    """The page, UTF-8; texts are escaped and nothing is loaded from elsewhere."""
    template = Environment(autoescape=True).from_string(_TEMPLATE)
    html = template.render(name=name, tasks=tasks, style=Markup(_STYLE))  # noqa: S704 - ours
    return html.encode("utf-8", "replace")
