"""``foyer serve``: the server."""

from __future__ import annotations

import argparse
import gc
import os
from pathlib import Path

from foyer.cli.options import add_data
from foyer.settings.homeassistant import HomeAssistantAccess
from foyer.settings.options import Options

EVERYWHERE = "0.0.0.0"  # noqa: S104 - a media server is there for the devices of the house
LEVELS = ("debug", "info", "warning", "error")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("serve", help="start the server")
    add_data(parser)
    environ = os.environ
    parser.add_argument(
        "--media",
        type=Path,
        action="append",
        metavar="DIR",
        help="a folder libraries may lie in; can be given again, nothing else is seen then (FOYER_MEDIA, with colons)",
    )
    parser.add_argument("--host", default=environ.get("FOYER_HOST", EVERYWHERE), help="address of the public port")
    parser.add_argument(
        "--port", type=_port, default=environ.get("FOYER_PORT", "8096"), help="public port (default 8096)"
    )
    parser.add_argument(
        "--ingress-port",
        type=_port,
        default=environ.get("FOYER_INGRESS_PORT", "8099"),
        help="port for Home Assistant's ingress (default 8099); -1 for none",
    )
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[*filter(None, environ.get("FOYER_ALLOWED_HOSTS", "").split(","))],
        metavar="NAME",
        help="another name the server answers to, such as media.example.org (FOYER_ALLOWED_HOSTS)",
    )
    parser.add_argument("--log-level", choices=LEVELS, default=environ.get("FOYER_LOG_LEVEL", "info"))
    parser.add_argument("--log-json", action="store_true", default=environ.get("FOYER_LOG_JSON") == "1")
    parser.add_argument("--demo", action="store_true", help="make a small demo library when there is none")
    parser.add_argument(
        "--ready-fd",
        type=int,
        default=environ.get("FOYER_READY_FD"),
        metavar="FD",
        help="a file descriptor to write a newline to when the server is ready (FOYER_READY_FD)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    gc.disable()  # a tenth of the time to start; the server turns it on again once it has loaded
    from foyer import logs  # noqa: PLC0415 - only the server needs what follows
    from foyer.cli.serving import serve  # noqa: PLC0415

    logs.configure(arguments.log_level, json=arguments.log_json)
    return serve(options(arguments))


def options(arguments: argparse.Namespace) -> Options:
    """What the arguments and the environment say.

    ``FOYER_INGRESS_PEERS`` names the addresses whose identity headers are believed on the ingress port. It is for
    tests and for development only: with ``127.0.0.1`` every program on the machine can be anybody. How Home Assistant
    is reached comes from the environment only, because it holds secrets. Raises ``ValidationError`` when that is wrong.
    """
    data = arguments.data.expanduser().absolute()
    media = arguments.media or [*map(Path, filter(None, os.environ.get("FOYER_MEDIA", "").split(os.pathsep)))]
    peers = os.environ.get("FOYER_INGRESS_PEERS")
    found = Options(
        data=data,
        cache=(arguments.cache or data / "cache").expanduser().absolute(),
        media=tuple(folder.expanduser().absolute() for folder in media),
        host=arguments.host,
        port=arguments.port,
        ingress_host=arguments.host,
        ingress_port=None if arguments.ingress_port < 0 else arguments.ingress_port,
        allowed_hosts=frozenset(arguments.allowed_host),
        log_level=arguments.log_level,
        log_json=arguments.log_json,
        demo=arguments.demo,
        ready_fd=arguments.ready_fd,
        homeassistant=HomeAssistantAccess.from_environment(os.environ),
    )
    if peers is None:
        return found
    from dataclasses import replace  # noqa: PLC0415 - rarely

    return replace(found, ingress_peers=frozenset(filter(None, peers.split(","))))


def _port(text: str) -> int:
    number = int(text)
    if not -1 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number
