"""Mount every transport on one application. Imported after the ports are open: it is most of what is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foyer.api.health import Health, routes
from foyer.api.http.application import create
from foyer.api.http.listener import ASGI
from foyer.api.http.metrics import HttpMetrics
from foyer.api.media.direct import DirectPlay
from foyer.api.media.sendfile import FilePump
from foyer.api.metrics import Exposition
from foyer.api.schema.context import Services
from foyer.api.schema.view import mount as mount_graphql
from foyer.api.web.site import default_folder, site

if TYPE_CHECKING:
    from foyer.app import Core


def mount(core: Core, health: Health, http: HttpMetrics, pump: FilePump) -> tuple[ASGI, ASGI]:
    """The application, and the handler of direct play beside it."""
    app = create()
    exposition = Exposition(
        database=core.database, bus=core.bus, health=health, http=http, pump=pump, cache=core.options.cache
    )
    app.register_blueprint(routes(health, exposition.text))
    mount_graphql(app, Services(database=core.database, bus=core.bus, settings=core.settings, jobs=core.queue))
    app.register_blueprint(site(default_folder()))
    return app, DirectPlay(core.database, core.accounts)
