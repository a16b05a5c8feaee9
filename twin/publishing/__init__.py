"""A recorded day played out as a live feed: over MQTT, in the topics of `twin.sources.convention`."""

from twin.publishing.broker import Broker
from twin.publishing.playing import Plan, Published, publish

__all__ = ["Broker", "Plan", "Published", "publish"]
