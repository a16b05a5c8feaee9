"""Live feeds at work: what they tell comes together on a desk, is judged, remembered and recorded."""

from twin.live.desk import Arrived, Desk, Taping
from twin.live.feed import Feed, Pauses, State
from twin.live.live import Live
from twin.live.testing import Tested, tested

__all__ = ["Arrived", "Desk", "Feed", "Live", "Pauses", "State", "Taping", "Tested", "tested"]
