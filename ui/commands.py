"""Everything that one can do, as named actions with keys and icons: what menus, key card and command box list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence

from ui import theme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QWidget


class Commands:
    """The actions of a window by name, in the order in which they were added, gathered in groups."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, list[QAction]] = {}

    def add(
        self,
        name: str,
        said: str,
        act: Callable[[], object],
        *,
        group: str,
        keys: str = "",
        icon: str = "",
        told: str = "",
        checkable: bool = False,
    ) -> QAction:
        """Return a new action of the window, whose keys work wherever in it the keyboard is.

        Parameters
        ----------
        name
            How code calls it: "open".
        said
            What a person reads, a verb first: "Open district…".
        act
            What it does, without arguments; who needs the state of a checkable one asks the action.
        group
            The heading under which it is listed: "District".
        keys
            As Qt writes them: "Ctrl+O"; several, separated by ", ", mean the same.
        told
            A sentence for who lingers; what is said, without one.
        """
        action = QAction(said, self._window)
        action.setObjectName(name)
        action.setIconText(said)  # Qt would take the ellipsis away
        action.setCheckable(checkable)
        action.setProperty("icon-name", icon)
        action.setShortcuts([QKeySequence(one) for one in keys.split(", ") if one])
        shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        told = told or said.rstrip("…")
        action.setToolTip(f"{told} ({shown})" if shown else told)
        action.triggered.connect(lambda _checked=False: act())
        self._window.addAction(action)
        self._actions[name] = action
        self._groups.setdefault(group, []).append(action)
        return action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def groups(self) -> dict[str, list[QAction]]:
        """Return the actions under their headings."""
        return {group: list(actions) for group, actions in self._groups.items()}

    def enable(self, possible: bool, *names: str) -> None:
        """Offer some actions, or grey them."""
        for name in names:
            self._actions[name].setEnabled(possible)

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        for action in self:
            if icon := action.property("icon-name"):
                action.setIcon(theme.icon(icon, dress.text))
