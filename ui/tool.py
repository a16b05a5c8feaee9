"""What may take the mouse over in the view: measuring, cutting, choosing a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QKeyEvent

    from twin.camera import Vector


@dataclass(frozen=True, slots=True)
class Pointed:
    """What is under the cursor.

    Attributes
    ----------
    where : QPointF
        The place in the view.
    at : (float, float, float)
        The point that is seen there, in local metres.
    kind : str
        The mesh that it belongs to: "buildings", "ground".
    row : int or None
        The row in that mesh's table; None for what is no feature.
    """

    where: QPointF
    at: Vector
    kind: str
    row: int | None


class Tool:
    """Something that has the mouse until the view is given another tool, or None. Each of its answers may stay as is.

    Drags that it does not take still turn and pull the view, and the wheel still zooms.
    """

    cursor: Qt.CursorShape = Qt.CursorShape.CrossCursor

    def hover(self, pointed: Pointed | None) -> None:
        """Hear what the cursor is over: a few times a second, and never while the camera moves. None: the sky."""

    def click(self, pointed: Pointed | None) -> None:
        """Hear of a click, in place of a pick."""

    def finish(self, pointed: Pointed | None) -> None:
        """Hear of the second click of a double one, after `click` heard of the first."""

    def press(self, where: QPointF) -> bool:  # noqa: ARG002
        """Tell whether a left drag that begins here is the tool's, as on a handle that it drew."""
        return False

    def drag(self, where: QPointF) -> None:
        """Hear where the drag that it took is now."""

    def drop(self, where: QPointF) -> None:
        """Hear where that drag ended."""

    def key(self, event: QKeyEvent) -> bool:  # noqa: ARG002
        """Hear of a key, and tell whether it was for the tool."""
        return False

    def leave(self) -> None:
        """Hear that the mouse is somebody else's from now on; take away what was drawn."""
