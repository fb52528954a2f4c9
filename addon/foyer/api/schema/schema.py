"""The schema: every noun's queries, mutations and subscriptions put together."""

from __future__ import annotations

import strawberry
from strawberry.tools import merge_types

from foyer.api.schema.account import AccountMutations, AccountQueries, LoginMutations
from foyer.api.schema.browse import BrowseQueries
from foyer.api.schema.documents import Documents
from foyer.api.schema.executor import CompiledExecutor
from foyer.api.schema.guard import Guard
from foyer.api.schema.item import Artist, Episode, HomeVideo, Movie, MusicVideo, Season, Series
from foyer.api.schema.job import JobMutations, JobQueries
from foyer.api.schema.library import LibraryMutations, LibraryQueries
from foyer.api.schema.nodes import NodeQueries
from foyer.api.schema.persisted import shipped_operations
from foyer.api.schema.playback import PlaybackMutations, PlaybackQueries
from foyer.api.schema.scalars import config
from foyer.api.schema.screens import ScreenMutations, ScreenQueries, ScreenSubscription
from foyer.api.schema.search import SearchQueries
from foyer.api.schema.subscriptions import Subscription
from foyer.api.schema.system import SystemMutations, SystemQueries
from foyer.api.schema.upload import UploadMutations, UploadQueries

QUERIES = (
    SystemQueries,
    NodeQueries,
    LibraryQueries,
    BrowseQueries,
    SearchQueries,
    PlaybackQueries,
    ScreenQueries,
    AccountQueries,
    JobQueries,
    UploadQueries,
)
MUTATIONS = (
    LoginMutations,
    AccountMutations,
    LibraryMutations,
    PlaybackMutations,
    ScreenMutations,
    JobMutations,
    SystemMutations,
    UploadMutations,
)


class FoyerSchema(strawberry.Schema):
    """The schema with what is prepared once for all requests."""

    documents: Documents

    def process_errors(self, *_: object) -> None:
        """Nothing: ``guard`` logs what was not expected, once and with the request's id."""


def build_schema() -> FoyerSchema:
    """A fresh schema; building it takes about as long as importing its modules."""
    schema = FoyerSchema(
        query=merge_types("Query", QUERIES),
        mutation=merge_types("Mutation", MUTATIONS),
        subscription=merge_types("Subscription", (Subscription, ScreenSubscription)),
        execution_context_class=CompiledExecutor,
        types=[Movie, Series, Season, Episode, Artist, MusicVideo, HomeVideo],
        extensions=[Guard],
        config=config(),
    )
    schema.documents = Documents(schema._schema, trusted=shipped_operations().values())  # noqa: SLF001 - the graphql-core schema has no public name
    return schema
