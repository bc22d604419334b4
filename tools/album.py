"""The design album: every story of the built Storybook as pictures, a browsable page and a PDF.

    python tools/album.py [--only PART] [--out DIR] [--looks phone-light,desktop-night,…]

Stories are the app itself on a twin of its server, so the album shows the product. A story that fails, writes to the
console as an error, is wider than its screen or has a serious finding of axe (WCAG 2.2 AA) fails the album.
"""

import argparse
import functools
import html
import http.server
import json
import shutil
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

WEB = Path(__file__).resolve().parent.parent / "web"
BUILT = WEB / "storybook-static"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
STORY_WAIT_MS = 20_000
SETTLE_MS = 300
HTTP_ERROR = 400
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--lang=ru-RU",
)
RENDERED = "() => window.__STORYBOOK_ADDONS_CHANNEL__?.last?.('storyRendered') !== undefined"
FINDINGS = """async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']
    const { violations } = await axe.run(document, { runOnly: tags })
    const grave = violations.filter((each) => ['serious', 'critical'].includes(each.impact))
    return grave.map((each) => `axe ${each.id}: ${each.nodes.map((node) => node.target.join(' ')).join(', ')}`)
}"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True)
class Look:
    """How a picture is taken: the screen's size in CSS pixels and the theme."""

    name: str
    width: int
    height: int
    theme: str


LOOKS = tuple(
    Look(f"{screen}-{theme}", width, height, theme)
    for screen, width, height in (("phone", 360, 760), ("desktop", 1280, 800), ("wide", 1920, 1080))
    for theme in ("light", "night", "contrast")
)
ALBUM_LOOKS = ("phone-light", "phone-night", "desktop-light", "desktop-night")


@dataclass(frozen=True)
class Story:
    """One state of one screen."""

    id: str
    title: str
    name: str


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_args: object) -> None:
        """Leave the terminal to the album."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine while the block runs."""
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def stories(only: str) -> list[Story]:
    """List the stories whose id contains `only`, in the order of the Storybook."""
    entries = json.loads((BUILT / "index.json").read_text())["entries"].values()
    found = [Story(e["id"], e["title"], e["name"]) for e in entries if e["type"] == "story"]
    return [story for story in found if only in story.id]


def is_fault(message: ConsoleMessage) -> bool:
    """Whether the page complains; a missing file is named by its response, with its address."""
    return message.type == "error" and "Failed to load resource" not in message.text


def shoot(page: Page, base: str, story: Story, look: Look, target: Path) -> list[str]:
    """Take one picture; what was wrong on the way comes back as lines."""
    wrong: list[str] = []

    def note(text: str) -> None:
        wrong.append(f"{story.id} [{look.name}]: {text}")

    page.on("pageerror", lambda error: note(str(error)))
    page.on("console", lambda message: note(message.text) if is_fault(message) else None)
    page.on("response", lambda response: note(response.url) if response.status >= HTTP_ERROR else None)
    query = urllib.parse.urlencode({"id": story.id, "viewMode": "story", "theme": look.theme})
    page.goto(f"{base}/iframe.html?{query}")
    page.wait_for_function(RENDERED, timeout=STORY_WAIT_MS)
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.wait_for_timeout(SETTLE_MS)
    if page.locator(".sb-errordisplay:visible, .sb-nopreview:visible").count():
        note("the story fails")
    too_wide = page.evaluate(TOO_WIDE)
    if too_wide > 0:
        note(f"{too_wide} px wider than its screen")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for finding in page.evaluate(FINDINGS):
        note(finding)
    # What is fixed to the bottom of the screen must not lie across the middle of a picture of the whole page.
    height = max(look.height, page.evaluate("() => document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": look.width, "height": height})
    page.screenshot(path=target)
    return wrong


def pictures(browser: Browser, base: str, chosen: list[Story], looks: list[Look], out: Path) -> list[str]:
    """Take every picture; the failing stories are named at the end, not at the first."""
    wrong: list[str] = []
    for look in looks:
        context = browser.new_context(
            viewport={"width": look.width, "height": look.height},
            reduced_motion="reduce",
            locale="ru-RU",
            timezone_id="Europe/Moscow",
        )
        for story in chosen:
            page = context.new_page()
            wrong += shoot(page, base, story, look, out / f"{story.id}.{look.name}.png")
            page.close()
        context.close()
        print(f"{look.name}: {len(chosen)} pictures", flush=True)
    return [line for line in wrong if "a part of the page fails" not in line]


def leaf(story: Story, looks: list[Look]) -> str:
    """One story of the album as HTML."""
    shots = "".join(
        f'<figure class="{look.name.split("-")[0]}"><img loading="lazy" alt="{html.escape(look.name)}" '
        f'src="{urllib.parse.quote(f"{story.id}.{look.name}.png")}"><figcaption>{look.name}</figcaption></figure>'
        for look in looks
    )
    return f'<section id="{story.id}"><h2>{html.escape(story.name)}</h2><div class="shots">{shots}</div></section>'


STYLE = """
body{margin:0;padding:32px;background:#faf8f3;color:#1a1d21;font:16px/1.5 'Golos Text','DejaVu Sans',sans-serif}
h1{font-size:34px;margin:0 0 24px}h2{font-size:20px;margin:0 0 12px}h3{font-size:26px;margin:48px 0 16px}
nav{columns:18rem;margin-bottom:32px}a{color:#0f5c5a;text-decoration:none}
section{margin-bottom:40px;break-inside:avoid}.shots{display:flex;gap:16px;align-items:flex-start;flex-wrap:wrap}
figure{margin:0}img{display:block;max-width:100%;border:1px solid #e4dfd5}
.phone img{width:180px}.desktop img,.wide img{width:460px}
figcaption{font-size:13px;color:#5b6168}
@page{margin:12mm}@media print{body{padding:0}nav{display:none}}
"""


def bind(chosen: list[Story], looks: list[Look]) -> str:
    """Put the album together as one HTML page."""
    titles = list(dict.fromkeys(story.title for story in chosen))
    links = "".join(f'<div><a href="#{s.id}">{html.escape(f"{s.title}: {s.name}")}</a></div>' for s in chosen)
    leaves = "".join(
        f"<h3>{html.escape(title)}</h3>" + "".join(leaf(story, looks) for story in chosen if story.title == title)
        for title in titles
    )
    return (
        '<!doctype html><html lang="ru"><meta charset="utf-8"><title>Макеты интерфейса</title>'
        f"<style>{STYLE}</style><h1>Макеты интерфейса</h1><nav>{links}</nav>{leaves}</html>"
    )


def main(arguments: list[str]) -> int:
    """Make the album; 1 when a story failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="stories whose id contains this")
    parser.add_argument("--out", type=Path, default=WEB / "album" / "dist")
    parser.add_argument("--looks", default=",".join(ALBUM_LOOKS), help="of: " + ", ".join(look.name for look in LOOKS))
    options = parser.parse_args(arguments)
    looks = [look for look in LOOKS if look.name in options.looks.split(",")]
    chosen = stories(options.only)
    out: Path = options.out
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with served(BUILT) as base, sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        wrong = pictures(browser, base, chosen, looks, out)
        (out / "index.html").write_text(bind(chosen, looks), encoding="utf-8")
        page = browser.new_page()
        page.goto((out / "index.html").as_uri(), wait_until="load")
        page.evaluate("() => { for (const image of document.images) image.loading = 'eager' }")
        page.wait_for_load_state("networkidle")
        page.pdf(path=out / "album.pdf", format="A4", landscape=True, print_background=True)
        browser.close()
    print("\n".join(wrong) or f"{len(chosen)} stories, {len(chosen) * len(looks)} pictures: {out}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
