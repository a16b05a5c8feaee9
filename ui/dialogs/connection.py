"""Add or change a connection: its address first, from which its kind is known, then what that kind needs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QWidget

from twin import connections
from twin.language import _
from twin.mapping import from_toml
from twin.model import TwinError
from twin.sources import Connection, connection_of, kind_of, kinds, scheme_of
from ui.dialogs.fields import KindFields
from ui.dialogs.form import Form
from ui.dialogs.meaning import Meaning

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Mapping, Sequence

    from twin.model import Report
    from twin.sources import Glimpse, Kind, Secret, Where
    from ui.job import Job

    type Test = Callable[[Connection, Secret, threading.Event], str]
    """Tries a connection and returns what came of it in a sentence; raises `TwinError` where nothing did."""


_OWN = "mqtt"  # the kind that may speak this program's own way, and then needs no mapping


class ConnectionDialog(Form):
    """Asks for a connection. Emits it with the secrets that were typed, by the keys of their fields.

    Parameters
    ----------
    connection
        What is changed, or a preset to begin with; None for one from the beginning.
    secret
        Answers with the secrets that are kept already.
    taken
        Names of other connections.
    mappings
        Ways to read foreign payloads: what `Connection.mapping` says of each, and what people call it.
    where
        The district that it is for.
    test
        Tries a connection on another thread.
    jobs
        Returns places for slow work that last longer than the dialog, which waits for none of it.
    """

    wished = Signal(object, object)

    def __init__(
        self,
        parent: QWidget,
        connection: Connection | None,
        secret: Secret,
        *,
        taken: Collection[str],
        mappings: Sequence[tuple[str, str]],
        where: Where,
        test: Test,
        jobs: Callable[[], Job[Any]],
        new: bool = True,
    ) -> None:
        super().__init__(
            parent,
            _("Add a feed") if new else _("Edit {feed}").format(feed=connection.name if connection else ""),
            _("Connect") if new else _("Keep"),
        )
        self.setObjectName("connection")
        self._new, self._secret, self._taken, self._where, self._test = new, secret, taken, where, test
        self._kind: Kind | None = None
        self._own_name = False  # what stands there is of somebody's own making
        self._refit = QTimer(self, interval=0, singleShot=True)
        self._refit.timeout.connect(self.fit)
        self._tests: Job[str] = jobs()
        self._tests.delivered.connect(self._take_test)
        self._tests.failed.connect(self._tell_test)
        self._tests.stopped.connect(self._end_test)

        self._address, self._name = QLineEdit(), QLineEdit()
        self._kinds = QComboBox()
        self._fields = KindFields()
        self._meaning = Meaning(mappings, self._glimpse, jobs())
        self._record = QCheckBox(_("Record what it says whenever a recording runs"))
        for line, name in ((self._address, "address"), (self._name, "feed-name")):
            line.setObjectName(name)
        self._address.setPlaceholderText(_("Paste it: {example}").format(example="mqtts://broker.example.org/twin/#"))
        self._name.setMaxLength(connections.NAME_LENGTH_MAX)
        self._kinds.setObjectName("kind")
        for key, kind in kinds().items():
            self._kinds.addItem(kind.title, key)
        self.field(_("Address"), self._address)
        self.field(_("Kind"), self._kinds)
        self.field(_("Name"), self._name)
        self.field(_("Payloads"), self._meaning)
        self.across(self._fields)
        self.field(_("Recording"), self._record)
        self._try = QPushButton(_("Test"))
        self._try.setObjectName("test")
        self._try.setProperty("type", "main")
        self._try.setAutoDefault(False)
        self._try.clicked.connect(self._turn_test)
        self.add_button(self._try)
        self._address.textChanged.connect(self._recognise)
        self._kinds.activated.connect(self._choose_kind)
        self._name.textEdited.connect(self._take_name)
        self._fields.changed.connect(self._check)
        self._fields.resized.connect(self._refit.start)
        self._meaning.changed.connect(self._check)
        self._meaning.resized.connect(self._refit.start)
        self._meaning.failed.connect(self._tell_test)
        self._record.toggled.connect(self._check)
        self._begin(connection)
        self._address.setFocus()

    def _begin(self, connection: Connection | None) -> None:
        self._show_kind(None)
        if connection is None:
            self._check()
            return
        self._own_name = True
        self._name.setText(connection.name)
        self._address.setText(connection.address)
        self._show_kind(kinds().get(connection.kind))
        self._fields.show_values({**connection.options, "user": connection.user}, self._kept())
        self._record.setChecked(connection.record)
        self._meaning.show_mapping(connection.mapping, own=connection.kind == _OWN)
        self._check()

    @property
    def connection(self) -> Connection:
        """What is filled in.

        Raises
        ------
        TwinError
            Where something is missing or cannot be meant.
        """
        found = self._without_mapping()
        if self._kind is None or not self._kind.mapped:
            return found
        found = replace(found, mapping=self._meaning.mapping)
        if not found.mapping.strip() and self._kind.key != _OWN:
            raise TwinError(_("Say what its payloads mean: choose a mapping, or write one."))
        if "\n" in found.mapping:
            from_toml(found.mapping).check()
        return found

    def _without_mapping(self) -> Connection:
        if self._kind is None:
            raise TwinError(_("Give the address of the feed."))
        told = connection_of(self._address.text(), name=self._name.text())  # refuses a password in the address
        options, user = self._fields.options(), self._fields.text("user") or told.user
        given = self._fields.typed()
        for entry in self._kind.fields:
            kept = entry.key in given or bool(self._kept().get(entry.key))
            if entry.needed and not (kept if entry.secret else options.get(entry.key, entry.default)):
                raise TwinError(_("{field} is needed.").format(field=entry.title))
        return connections.checked(
            replace(
                told,
                name=self._name.text(),
                kind=self._kind.key,
                options=options,
                user=user,
                record=self._record.isChecked(),
            ),
            taken=self._taken,
        )

    def take(self) -> None:
        """Hand over what was filled in."""
        try:
            found = self.connection
        except TwinError as trouble:
            self.complain(str(trouble))
            return
        self.accept()
        self.wished.emit(found, self._fields.typed())

    def done(self, result: int) -> None:
        """End a test that still runs."""
        self._tests.stop()
        self._meaning.stop()
        super().done(result)

    # what is filled in

    def _kept(self) -> dict[str, bool]:
        """Return which secret fields may have something in them already: the keyring is not asked while one writes."""
        if self._kind is None or self._new:
            return {}
        return {entry.key: True for entry in self._kind.fields if entry.secret}

    def _recognise(self, text: str) -> None:
        try:
            kind = kind_of(text) if text.strip() else None
        except TwinError:
            kind = None
        if kind is not None and self._kind is not None and _fits(self._kind, text):
            kind = self._kind  # somebody has chosen it
        if kind is not self._kind:
            self._show_kind(kind)
        if not self._own_name:
            try:
                name = connection_of(text).name if text.strip() else ""
            except TwinError:
                name = ""
            self._name.setText(connections.free_name(name, self._taken) if name else "")
        self._check()

    def _choose_kind(self) -> None:
        kind = kinds()[str(self._kinds.currentData())]
        text = self._address.text().strip()
        if text and not _fits(kind, text):
            own, there = scheme_of(text), text.partition("://")[2]
            plain = own.rpartition("+")[2]
            scheme = next((one for one in kind.schemes if one.rpartition("+")[2] == plain), kind.schemes[0])
            self._show_kind(kind)
            self._address.setText(f"{scheme}://{there}" if there else text)
        self._show_kind(kind)
        self._check()

    def _show_kind(self, kind: Kind | None) -> None:
        self._kind = kind
        self._kinds.setCurrentIndex(self._kinds.findData(kind.key) if kind is not None else -1)
        fields = kind.fields if kind is not None else ()
        self._fields.show_fields(fields, with_user=kind is not None and "password" in {one.key for one in fields})
        self._fields.show_values({}, self._kept())
        self.offer(self._meaning, kind is not None and kind.mapped)
        if kind is not None and kind.mapped:
            self._meaning.show_mapping(self._meaning.mapping, own=kind.key == _OWN)
        self._record.setChecked(kind.record if kind is not None else True)
        self._refit.start()  # once the fields have their places
        self._record.setToolTip(
            "" if kind is None or kind.record else _("Its usual terms do not allow that readings are kept.")
        )

    def _take_name(self) -> None:
        self._own_name = True
        self._check()

    def _check(self) -> None:
        """Say at once what is wrong, but not what is merely not there yet."""
        self._stop_test()
        try:
            found = self.connection
        except TwinError as trouble:
            early = not self._address.text().strip()
            self.complain("" if early else str(trouble))
            self._accept.setEnabled(False)
            self._try.setEnabled(False)
            return
        self._try.setEnabled(True)
        kind = self._kind
        self.remark(
            _("The usual terms of {kind} do not allow that its readings are recorded.").format(kind=kind.title)
            if kind is not None and not kind.record and found.record
            else ""
        )

    # trying it

    def _glimpse(self) -> Callable[[threading.Event], Glimpse] | None:
        """Return what gets a first message of the feed as it is filled in."""
        kind = self._kind
        if kind is None or kind.glimpse is None:
            return None
        try:
            found = self._without_mapping()
        except TwinError as trouble:
            self.complain(str(trouble))
            return None
        return partial(kind.glimpse, found, self._where, self._secret_of(self._fields.typed()))

    def _secret_of(self, typed: Mapping[str, str]) -> Secret:
        kept = self._secret
        return lambda key: typed.get(key, "") or kept(key)

    def _turn_test(self) -> None:
        if self._tests.running:
            self._tests.stop()
            return
        try:
            found = self.connection
        except TwinError as trouble:
            self.complain(str(trouble))
            return
        secret, test = self._secret_of(self._fields.typed()), self._test

        def work(_report: Report, stop: threading.Event) -> str:
            return test(found, secret, stop)

        self.remark(_("Listening to what comes…"))
        self._try.setText(_("Stop"))
        self._tests.begin(work)

    def _take_test(self, sentence: str) -> None:
        self._end_test()
        self.praise(sentence)

    def _tell_test(self, trouble: TwinError) -> None:
        self._end_test()
        self.complain(str(trouble))
        self._accept.setEnabled(True)  # who knows better may keep it all the same

    def _stop_test(self) -> None:
        if self._tests.running:
            self._tests.stop()

    def _end_test(self) -> None:
        self._try.setText(_("Test"))
        self.remark("")


def _fits(kind: Kind, address: str) -> bool:
    return scheme_of(address) in kind.schemes
