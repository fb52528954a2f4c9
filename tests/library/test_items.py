"""Pages, filters, orders, search and ways through the graph, over rows made without files."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench.catalogue import fill
from foyer.db.database import Database
from foyer.db.migrations import migrate
from foyer.db.reader import statement_log
from foyer.errors import NotFoundError, ValidationError
from foyer.library import browse, details
from foyer.library.filters import IdSet, ItemFilter, ItemKind, Range, TextFilter
from foyer.library.items import ItemQuery, ItemRow, Items
from foyer.library.orders import Order, OrderField
from foyer.library.search import Search
from foyer.library.viewer import Viewer
from tests.library.conftest import VIEWER, connect

COUNT = 2000


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("catalogue") / "foyer.db"
    migrate(path)
    connection = connect(path)
    fill(connection, COUNT)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture
async def database(catalogue: Path) -> AsyncIterator[Database]:
    """The generated rows, shared by all tests of this module: none writes."""
    opened = await Database.open(catalogue)
    yield opened
    await opened.close()


async def _everything(items: Items, query: ItemQuery, viewer: Viewer = VIEWER) -> list[ItemRow]:
    found: list[ItemRow] = []
    after = None
    while True:
        page = await items.page(
            ItemQuery(filter=query.filter, orders=query.orders, first=query.first, after=after), viewer
        )
        found += page.items
        if not page.has_next:
            return found
        after = page.cursors[-1]


_DIRECTIONS = list(itertools.product(OrderField, (False, True)))


@pytest.mark.parametrize(("field", "descending"), _DIRECTIONS)
async def test_pages_in_any_order_hold_every_item_once(database: Database, field: OrderField, descending: bool) -> None:
    orders = (Order(field=field, descending=descending),)
    found = await _everything(Items(database.reader), ItemQuery(orders=orders, first=97))
    assert len({row.id for row in found}) == len(found)
    total = await database.reader.value("SELECT count(*) FROM item WHERE kind IN ('movie', 'series', 'music_video')")
    assert len(found) == total


async def test_orders_of_several_fields_and_directions_continue_exactly(database: Database) -> None:
    orders = (Order(field=OrderField.YEAR, descending=True), Order(field=OrderField.TITLE))
    found = await _everything(Items(database.reader), ItemQuery(orders=orders, first=53))
    keys = [(-(row.year or 0), row.sort_title) for row in found]
    assert keys == sorted(keys)
    assert len({row.id for row in found}) == len(found)


async def test_a_filter_finds_what_plain_sql_finds(database: Database) -> None:
    items = Items(database.reader)
    cases = {
        "year BETWEEN 1990 AND 1999": ItemFilter(year=Range(gte=1990, lte=1999)),
        "id IN (SELECT item_id FROM item_label WHERE label_id IN (1, 2))": ItemFilter(genres=IdSet(any=(1, 2))),
        "id IN (SELECT item_id FROM item_label WHERE label_id = 1) AND id IN (SELECT item_id FROM item_label "
        "WHERE label_id = 2)": ItemFilter(genres=IdSet(all=(1, 2))),
        "id NOT IN (SELECT item_id FROM item_label WHERE label_id = 1)": ItemFilter(genres=IdSet(none=(1,))),
        "folded_title LIKE 'silent%'": ItemFilter(title=TextFilter(starts_with="SILENT")),
        "folded_title LIKE '%river%'": ItemFilter(title=TextFilter(contains="Rivér")),
        "id IN (SELECT item_id FROM play_state WHERE favourite = 1)": ItemFilter(favourite=True),
        "id IN (SELECT item_id FROM play_state WHERE position_ms > 0)": ItemFilter(in_progress=True),
        "height >= 2160 OR year < 1960": ItemFilter(
            or_=(ItemFilter(height=Range(gte=2160)), ItemFilter(year=Range(below=1960)))
        ),
        "NOT (year >= 1960)": ItemFilter(not_=ItemFilter(year=Range(gte=1960))),
    }
    for condition, wanted in cases.items():
        expected = await database.reader.all(
            f"SELECT id FROM item WHERE kind IN ('movie', 'series', 'music_video') AND ({condition})"
        )
        found = await _everything(items, ItemQuery(filter=wanted, first=500))
        assert {row.id for row in found} == {row["id"] for row in expected}, condition
        assert await items.total(ItemQuery(filter=wanted), VIEWER) == len(expected), condition


async def test_a_series_is_watched_when_every_episode_is(database: Database) -> None:
    items = Items(database.reader)
    series = ItemFilter(kinds=(ItemKind.SERIES,), watched=True)
    assert await items.total(ItemQuery(filter=series), VIEWER) == 0
    unwatched = ItemFilter(kinds=(ItemKind.SERIES,), watched=False)
    assert await items.total(ItemQuery(filter=unwatched), VIEWER) > 0


async def test_nobody_sees_libraries_that_are_not_open_to_them(database: Database) -> None:
    items = Items(database.reader)
    guest = Viewer(user_id=1, libraries=frozenset({3}))
    found = await _everything(items, ItemQuery(first=500), guest)
    assert {row.library_id for row in found} == {3}
    asked = ItemQuery(filter=ItemFilter(libraries=(1, 2)))
    assert (await items.page(asked, guest)).items == ()
    assert await items.total(asked, guest) == 0
    with pytest.raises(NotFoundError):
        await items.get(1, guest)
    nobody = Viewer(user_id=1, libraries=frozenset())
    assert (await items.page(ItemQuery(), nobody)).items == ()


async def test_no_common_page_reads_a_whole_table(database: Database) -> None:
    """Each order walks its index; nothing is scanned, and nothing is sorted but the merged page."""
    seen: list[str] = []

    def explain(query: ItemQuery) -> None:
        from foyer.library.items import _Plan  # noqa: PLC0415 - the statement is not public

        def plan(connection: object) -> None:
            assert hasattr(connection, "execute")
            sql, values = _Plan(query, VIEWER)._statement(connection, limit=10)  # type: ignore[arg-type]
            seen.extend(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values))

        plans.append(plan)

    plans: list[object] = []
    cursor = (await Items(database.reader).page(ItemQuery(first=1), VIEWER)).cursors[0]
    explain(ItemQuery(after=cursor))
    for field in set(OrderField) - {OrderField.LAST_PLAYED_AT, OrderField.NUMBER}:
        for descending in (False, True):
            explain(ItemQuery(orders=(Order(field=field, descending=descending),)))
    explain(browse.episodes_query(1))
    for plan in plans:
        await database.reader.run(plan)  # type: ignore[arg-type]
    assert len(seen) > 20
    scans = [line for line in seen if line.startswith("SCAN") and "(subquery" not in line and line != "SCAN k"]
    assert scans == []


@pytest.mark.parametrize("cursor", ["", "x", "W10", "bm9uc2Vuc2U", "WyJ0aXRsZSIsMSwyLDMsNF0", "👻"])
async def test_a_forged_cursor_is_refused(database: Database, cursor: str) -> None:
    items = Items(database.reader)
    other = (await items.page(ItemQuery(orders=(Order(field=OrderField.YEAR),)), VIEWER)).cursors[0]
    for wrong in filter(None, (cursor, other)):
        with pytest.raises(ValidationError):
            await items.page(ItemQuery(after=wrong), VIEWER)


async def test_a_filter_too_deep_or_too_long_is_refused(database: Database) -> None:
    deep = ItemFilter()
    for _ in range(5):
        deep = ItemFilter(and_=(deep,))
    for wanted in (deep, ItemFilter(libraries=tuple(range(500)))):
        with pytest.raises(ValidationError):
            await Items(database.reader).page(ItemQuery(filter=wanted), VIEWER)


async def test_seasons_episodes_and_neighbours(database: Database) -> None:
    items = Items(database.reader)
    (series,) = (await items.page(ItemQuery(filter=ItemFilter(kinds=(ItemKind.SERIES,)), first=1), VIEWER)).items
    seasons = (await items.page(browse.seasons_query(series.id), VIEWER)).items
    assert [season.number for season in seasons] == [1, 2]
    episodes = (await items.page(browse.episodes_query(seasons[0].id), VIEWER)).items
    assert [episode.number for episode in episodes] == list(range(1, 25))
    around = await browse.neighbours(database.reader, [episode.id for episode in episodes])
    assert around[episodes[0].id].previous is None
    last = around[episodes[-1].id].next
    assert last is not None
    assert (last.season_number, last.number) == (2, 1)
    counts = await details.child_counts(database.reader, [series.id, seasons[0].id], VIEWER)
    assert (counts[series.id].seasons, counts[series.id].episodes, counts[seasons[0].id].episodes) == (2, 48, 24)


async def test_what_is_new_shows_a_series_once_however_many_episodes_came(database: Database) -> None:
    page = await browse.latest(Items(database.reader), VIEWER, first=500)
    assert {row.kind for row in page.items} <= {ItemKind.MOVIE, ItemKind.SERIES, ItemKind.MUSIC_VIDEO}
    assert len({row.id for row in page.items}) == len(page.items)


async def test_every_batch_is_one_statement(database: Database) -> None:
    ids = list(range(1, 200))
    with statement_log() as log:
        await details.genres_of_items(database.reader, ids)
        await details.artwork_of_items(database.reader, ids)
        await details.child_counts(database.reader, ids, VIEWER)
        await details.user_states(database.reader, ids, VIEWER)
        await browse.neighbours(database.reader, ids)
    assert len(log) == 5


async def test_genres_are_counted_in_open_libraries_only(database: Database) -> None:
    page = await browse.label_page(database.reader, VIEWER)
    assert [label.name for label in page.labels] == sorted(label.name for label in page.labels)
    expected = await database.reader.all("SELECT label_id, count(*) AS n FROM item_label GROUP BY label_id")
    counted = {label.id: count for label, count in zip(page.labels, page.counts, strict=True)}
    assert counted == {row["label_id"]: row["n"] for row in expected}
    guest = Viewer(user_id=1, libraries=frozenset({3}))
    assert (await browse.label_page(database.reader, guest)).labels == ()


async def test_search_puts_the_title_before_its_beginning_before_its_words(database: Database) -> None:
    search = Search(database.reader)
    found = await search.page(await search.hits("silent", VIEWER), first=500)
    titles = [row.title for row in found.items]
    firsts = [title.split()[0] == "Silent" for title in titles if "Silent" in title.split()]
    assert firsts == sorted(firsts, reverse=True)
    assert all("Silent" in title.split() for title in titles[: len(firsts)])


async def test_search_needs_every_word_in_any_field_and_the_last_as_a_beginning(database: Database) -> None:
    search = Search(database.reader)
    rows = await database.reader.all("SELECT id, title FROM item WHERE kind = 'movie' AND title LIKE '% % %' LIMIT 20")
    for row in rows:
        first, *_, last = row["title"].split()
        hits = await search.hits(f"{last} {first[:3]}", VIEWER)
        assert row["id"] in hits.ids or not hits.is_complete, row["title"]


@pytest.mark.parametrize(
    "text", ['"', "' OR 1=1 --", "NEAR(a b)", "title:x", "a* AND (", "{title} : x", "-", "", "   "]
)
async def test_nothing_typed_is_syntax(database: Database, text: str) -> None:
    await Search(database.reader).hits(text, VIEWER)
    await Search(database.reader).suggestions(text, VIEWER)


async def test_search_respects_libraries_and_kinds(database: Database) -> None:
    search = Search(database.reader)
    guest = Viewer(user_id=1, libraries=frozenset({3}))
    assert set((await search.hits("the", guest)).facets) == {ItemKind.MUSIC_VIDEO}
    assert set((await search.hits("the", VIEWER, [ItemKind.SERIES])).facets) <= {ItemKind.SERIES}
    assert (await search.hits("the", Viewer(user_id=1, libraries=frozenset()))).ids == ()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("sielnt", "silent"), ("slent", "silent"), ("silentt", "silent"), ("goldne empre", "golden empire")],
)
async def test_slips_of_the_finger_are_understood(database: Database, typed: str, meant: str) -> None:
    assert meant in await Search(database.reader).suggestions(typed, VIEWER)
    assert await Search(database.reader).suggestions("silent", VIEWER) == []
