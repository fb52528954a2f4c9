"""What the canned server answers each mutation with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.web.demo import NOW, Row, state
from tests.web.rows import user

if TYPE_CHECKING:
    from tests.web.answers import Answers

PASSWORD = "correct horse"
Work = Callable[[Row], Row]


def answer(name: str, **fields: object) -> Row:
    return {"__typename": f"{name}Payload", **fields}


def refusal(typename: str, code: str, message: str, **more: object) -> Row:
    return {"__typename": typename, "code": code, "message": message, **more}


class Mutations:
    """Each takes the mutation's input and changes what the queries answer."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers

    def fields(self) -> dict[str, Callable[..., Row]]:
        """The root fields with their resolvers."""
        job = self.answers.jobs[0]
        works: dict[str, Work] = {
            "setWatched": self._change("SetWatched", "watched"),
            "setFavourite": self._change("SetFavourite", "favourite"),
            "setRating": self._change("SetRating", "rating"),
            "login": self._login,
            "refreshTokens": lambda _: self._tokens("RefreshTokens"),
            "completeSetup": self._set_up,
            "logout": lambda _: answer("Logout", ok=True),
            "createLibrary": self._create_library,
            "scanLibrary": lambda _: answer("ScanLibrary", job=job),
            "setBackgroundWork": self._rest,
            "cancelJob": lambda _: answer("CancelJob", job=job),
            "sendCommand": self._command,
            "createUpload": self._create_upload,
            "cancelUpload": self._cancel_upload,
            "playOn": self._play_on,
            "transferPlayback": self._transfer,
            "startPlayback": self._start,
            "heartbeat": self._beat,
            "stopPlayback": lambda _: answer("StopPlayback", userState=state(20, 0.5), next=None),
            "updateSettings": lambda _: answer("UpdateSettings", settings=self.answers.settings),
        }
        return {field: self._resolver(work) for field, work in works.items()}

    @staticmethod
    def _resolver(work: Work) -> Callable[..., Row]:
        def resolve(_info: object, **arguments: Any) -> Row:
            return work(arguments["input"])

        return resolve

    def _change(self, name: str, field: str) -> Work:
        def work(given: Row) -> Row:
            row = self.answers.house.items[given["item"]]
            row["userState"] = row["userState"] | {field: given[field]}
            return answer(name, item=row)

        return work

    def _login(self, given: Row) -> Row:
        if given["password"] != PASSWORD:
            return refusal("Unauthenticated", "UNAUTHENTICATED", "Name or password is wrong.")
        return self._tokens("Login")

    def _rest(self, given: Row) -> Row:
        self.answers.background_work = given["enabled"]
        return answer("SetBackgroundWork", backgroundWork=given["enabled"])

    def _set_up(self, given: Row) -> Row:
        if len(given["password"]) < 8:
            fields = [{"field": "password", "message": "Use at least 8 characters."}]
            return refusal("ValidationFailed", "VALIDATION_FAILED", "Check the fields.", fields=fields)
        self.answers.server["setupRequired"] = False
        return self._tokens("CompleteSetup")

    @staticmethod
    def _tokens(name: str) -> Row:
        pair = {"accessToken": "access", "refreshToken": "refresh-2", "expiresAt": NOW, "user": user("ada", "ADMIN")}
        return answer(name, tokens=pair)

    def _create_library(self, given: Row) -> Row:
        library = self.answers.house.add_library("new", given["name"], given["kind"])
        return answer("CreateLibrary", library=library, job=None)

    def _command(self, given: Row) -> Row:
        if given["kind"] == "STOP":
            self.answers.stop_elsewhere(given["session"])
        return answer("SendCommand", session=self.answers.sessions[0])

    def _create_upload(self, given: Row) -> Row:
        library = next(one for one in self.answers.house.libraries if one["id"] == given["library"])
        return answer("CreateUpload", upload=self.answers.uploads.create(given, library))

    def _cancel_upload(self, given: Row) -> Row:
        self.answers.uploads.cancel(given["upload"])
        return answer("CancelUpload", cancelledId=given["upload"])

    def _play_on(self, given: Row) -> Row:
        session = self.answers.play_on(given["screenId"], given["itemId"], 0.0)
        return answer("PlayOn", session=session, screen=self._screen(given["screenId"]), notice=None)

    def _transfer(self, given: Row) -> Row:
        """From this browser's player to a screen at 20 seconds, or from a screen to this browser at 8."""
        old = next((one for one in self.answers.elsewhere if one["id"] == given["sessionId"]), None)
        if old:
            self.answers.stop_elsewhere(old["id"])
        if given.get("screenId") is None:
            assert old
            return answer("TransferPlayback", item=old["item"], positionSeconds=8.0)
        item = old["item"]["id"] if old else "film-1"
        session = self.answers.play_on(given["screenId"], item, 20.0)
        return answer(
            "TransferPlayback",
            item=session["item"],
            positionSeconds=20.0,
            session=session,
            screen=self._screen(given["screenId"]),
        )

    def _screen(self, screen_id: str) -> Row:
        return next(one for one in self.answers.screens if one["id"] == screen_id)

    def _start(self, given: Row) -> Row:
        return answer("StartPlayback", session=self.answers.session(given["item"], "test", "DIRECT_PLAY"))

    def _beat(self, _: Row) -> Row:
        commands, self.answers.commands = self.answers.commands, []
        session = self.answers.session("film-1", "test", "DIRECT_PLAY")
        return answer("Heartbeat", session=session, commands=commands)
