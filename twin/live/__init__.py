"""Live feeds at work: what they tell comes together on a desk, is judged, remembered and recorded."""

from twin.live.desk import Arrived, Desk, Taping

__all__ = ["Arrived", "Desk", "Taping"]
