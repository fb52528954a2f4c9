"""Files sent into a library: chosen or dropped, in pieces, paused, broken off and gone on with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.canned import Canned
from tests.web.rows import PERMISSIONS
from tests.web.test_accessibility import violations
from tests.web.test_player import last_asked

pytestmark = pytest.mark.browser
MIB = 1 << 20


def film(folder: Path, name: str, size: int) -> Path:
    path = folder / name
    path.write_bytes(bytes(range(256)) * (size // 256))
    return path


def choose(page: Page, *files: Path) -> None:
    page.locator("foyer-drop-zone input").set_input_files(list(files))


def tray(page: Page) -> Locator:
    return page.get_by_role("region", name="Uploads")


def open_library(page: Page, server: Canned, prefix: str = "") -> None:
    page.goto(f"{server.base}{prefix}#/library/library-films")
    expect(page.get_by_role("button", name="Add files")).to_be_visible()


@pytest.mark.parametrize("prefix", ["", "api/hassio_ingress/abc/"])
def test_files_are_added_in_pieces_one_after_the_other(page: Page, server: Canned, tmp_path: Path, prefix: str) -> None:
    open_library(page, server, prefix)
    first, second = film(tmp_path, "Heat (1995).mkv", 3 * MIB), film(tmp_path, "Heat (1995).en.srt", 512)
    choose(page, first, second)
    expect(tray(page).get_by_role("status")).to_have_text("2 files were added")
    uploads = server.answers.uploads
    assert [bytes(data) for data in uploads.received.values()] == [first.read_bytes(), second.read_bytes()]
    assert uploads.pieces == [
        (f"/{prefix}media/upload/upload-0", 0, MIB),
        (f"/{prefix}media/upload/upload-0", MIB, 2 * MIB),
        (f"/{prefix}media/upload/upload-1", 0, 512),
    ]
    asked = server.asked("createUpload")[0]["input"]
    assert (asked["library"], asked["filename"], asked["sizeBytes"]) == (
        "library-films",
        "Heat (1995).mkv",
        3 * MIB,
    )
    tray(page).get_by_role("button", name="Close").click()
    expect(tray(page)).to_have_count(0)


def test_files_may_be_dropped_anywhere_on_the_page(page: Page, server: Canned) -> None:
    open_library(page, server)
    drag = """(kind) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(["a film"], "Ran.mkv"));
        dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, cancelable: true }));
    }"""
    page.evaluate(drag, "dragenter")
    expect(page.get_by_text("Drop files or folders to add them to Films")).to_be_visible()
    page.evaluate(drag, "dragleave")
    expect(page.get_by_text("Drop files or folders to add them to Films")).to_have_count(0)
    page.evaluate(drag, "dragenter")
    page.evaluate(drag, "drop")
    expect(tray(page).get_by_role("status")).to_have_text("1 file was added")
    assert bytes(server.answers.uploads.received["upload-0"]) == b"a film"


def test_it_pauses_goes_on_on_another_page_and_is_given_up_only_when_meant(
    page: Page, server: Canned, tmp_path: Path
) -> None:
    server.answers.uploads.pause = 0.3
    open_library(page, server)
    choose(page, film(tmp_path, "Heat.mkv", 60 * MIB))
    pause = tray(page).get_by_role("button", name="Pause: Heat.mkv")
    expect(tray(page).get_by_role("progressbar")).to_have_attribute("aria-valuenow", re.compile("[1-9]"))
    pause.click()
    expect(tray(page)).to_contain_text("Paused at")
    before = len(server.answers.uploads.pieces)
    page.wait_for_timeout(700)
    assert len(server.answers.uploads.pieces) <= before + 1  # the piece under way may have arrived
    tray(page).get_by_role("button", name="Go on: Heat.mkv").click()
    page.get_by_role("link", name="Foyer, home").click()
    expect(page.get_by_role("heading", name="Continue watching")).to_be_visible()
    expect(tray(page)).to_contain_text("MiB/s")
    tray(page).get_by_role("button", name="Cancel: Heat.mkv").click()
    expect(page.get_by_role("dialog", name="Give up Heat.mkv?")).to_be_visible()
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(tray(page)).to_contain_text("MiB/s")
    tray(page).get_by_role("button", name="Cancel: Heat.mkv").click()
    page.get_by_role("button", name="Give up").click()
    expect(tray(page)).to_have_count(0)
    assert last_asked(page, server, "cancelUpload") == {"upload": "upload-0"}


def test_after_a_reload_it_goes_on_where_it_stopped(page: Page, server: Canned, tmp_path: Path) -> None:
    uploads = server.answers.uploads
    file = film(tmp_path, "Heat.mkv", 4 * MIB)
    uploads.refusals = [(507, "The disk is full. Make room, then go on with the upload.")]
    open_library(page, server)
    choose(page, file)
    expect(tray(page).get_by_role("alert")).to_have_text("The disk is full. Make room, then go on with the upload.")
    uploads.received["upload-0"] += file.read_bytes()[: 2 * MIB]
    page.reload()
    expect(tray(page)).to_contain_text("Interrupted at 50%; choose the file again to go on")
    with page.expect_file_chooser() as chooser:
        tray(page).get_by_role("button", name="Choose the file again: Heat.mkv").click()
    chooser.value.set_files(file)
    expect(tray(page).get_by_role("status")).to_have_text("1 file was added")
    assert bytes(uploads.received["upload-0"]) == file.read_bytes()
    assert len(server.asked("createUpload")) == 1
    assert uploads.pieces[1][1] == 2 * MIB


def test_a_file_that_is_refused_says_why_and_the_next_one_goes_on(page: Page, server: Canned, tmp_path: Path) -> None:
    sentence = "Only videos, subtitles and pictures of the kinds a library knows can be uploaded."
    refusal = {
        "__typename": "ValidationFailed",
        "code": "VALIDATION_FAILED",
        "message": "Check the fields.",
        "fields": [{"field": "filename", "message": sentence}],
    }
    take = server.answers.root(authorised=True)["createUpload"]

    def create(info: object, **arguments: dict[str, str]) -> object:
        return refusal if arguments["input"]["filename"].endswith(".exe") else take(info, **arguments)

    server.answers.replaced["createUpload"] = create
    open_library(page, server)
    choose(page, film(tmp_path, "setup.exe", 1024), film(tmp_path, "Heat.mkv", 1024))
    expect(tray(page).get_by_role("alert")).to_have_text(sentence)
    expect(tray(page)).to_contain_text("Added")
    expect(tray(page).get_by_role("status")).to_have_text("1 file is not complete")


def test_a_connection_that_breaks_is_waited_for(page: Page, server: Canned, tmp_path: Path) -> None:
    open_library(page, server)
    page.route("**/media/upload/*", lambda route: route.abort(), times=2)
    file = film(tmp_path, "Heat.mkv", 2 * MIB)
    choose(page, file)
    expect(tray(page).get_by_role("status")).to_have_text("1 file was added", timeout=15_000)
    assert bytes(server.answers.uploads.received["upload-0"]) == file.read_bytes()


def test_who_may_not_manage_libraries_cannot_add(page: Page, server: Canned) -> None:
    assert server.answers.viewer
    server.answers.viewer["permissions"] = [one for one in PERMISSIONS if one != "MANAGE_LIBRARIES"]
    page.goto(f"{server.base}#/library/library-films")
    expect(page.get_by_role("heading", name="Films")).to_be_visible()
    expect(page.get_by_role("button", name="Add files")).to_have_count(0)
    assert server.asked("uploads") == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_uploads_break_no_guideline(page: Page, server: Canned, tmp_path: Path, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 844})
    server.answers.uploads.refusals = [(503, "Foyer may not write in this folder; change its permissions.")]
    open_library(page, server)
    choose(page, film(tmp_path, "Ran.mkv", 1024), film(tmp_path, "Heat.mkv", 1024))
    expect(tray(page).get_by_role("status")).to_have_text("1 file is not complete")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
