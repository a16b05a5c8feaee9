"""Live feeds in the window: connected, lost, found again, recorded, rewound; a real broker at the other end."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import districts
import numpy as np
import sensed
from windows import walk

from twin import district, file
from twin.days import Recorder, Recording, read_days
from twin.readings import Readings

BROKER = """
import threading
sys.path.insert(0, "tests")
import brokers
import districts
from twin.readings import Channel, Layer, Sensor
from twin.sources.convention import Observed, Topic, encode_layer, encode_obs, encode_sensor

town = districts.district()
PM25 = Channel("pm25", "air", "PM2.5", "µg/m³", 0.0, 2000.0, shelf_s=2.0)
stations = [Sensor(f"a{i}", "air", ("pm25",), lon=town.frame.lon, lat=town.frame.lat + i * 1e-4) for i in range(2)]


class Publisher(threading.Thread):
    def __init__(self, broker):
        super().__init__(daemon=True)
        self.over, self.sent = threading.Event(), 0
        self.client = brokers.client(broker)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        self.start()

    def run(self):
        layer = Topic("layer", "Little Harbour", "air")
        self.client.publish(str(layer), encode_layer(Layer("air", "Air", "measured", owner="City")), 1, retain=True)
        for one in stations:
            meta = Topic("meta", "Little Harbour", "air", one.key)
            self.client.publish(str(meta), encode_sensor(one, {"pm25": PM25}), 1, retain=True)
        while not self.over.wait(0.2):
            if not self.client.is_connected():
                continue  # what is measured while there is no broker is lost
            for number, one in enumerate(stations):
                told = Observed([time.time()], {"pm25": [10.0 + number]})
                self.client.publish(str(Topic("obs", "Little Harbour", "air", one.key)), encode_obs(told), 1)
                self.sent += 1

    def end(self):
        self.over.set()
        self.join()
        self.client.disconnect()
        self.client.loop_stop()
"""

OPENING = """
window.resize(1366, 768)
feeds, replay, panel = window.feeds, window.replay, window.feeds.panel
ready = []
replay.ready.connect(lambda: ready.append(True))
window.open(Path(sys.argv[1]))
wait(lambda: ready)


def child(name):
    wait(lambda: any(one.isVisible() for one in window.findChildren(QWidget, name)))
    return next(one for one in window.findChildren(QWidget, name) if one.isVisible())


def press(name):
    QTest.mouseClick(child(name), Qt.LeftButton)


def row():
    return {state.name: state for state in feeds._live.states()}["Harbour air"]


def reporting():
    picture = window.view.scene.picture
    return picture.reporting.get("air") if picture is not None else None


def ask():
    window.sidebar.unfold(panel)
    press("add-feed")
    return child("connection")


def write(name, text):
    line = child(name)
    line.clear()
    QTest.keyClicks(line, text)

"""

WATCHING = """
with brokers.running(Path(sys.argv[2])) as broker:
    publisher = Publisher(broker)
    dialog = ask()
    write("address", broker.url)
    assert child("kind").currentData() == "mqtt"
    write("feed-name", "Harbour air")
    press("test")
    wait(lambda: "inside this district" in dialog.said.text())
    print(dialog.said.text().partition(",")[0])
    press("accept")
    wait(lambda: reporting() == (2, 2))
    assert replay.clock.state == "following" and replay.ticking
    wait(lambda: "2 sensors inside" in " ".join(words(panel)))
    wait(lambda: any(text.startswith("Receiving") for text in words(panel)))
    assert child("live").text() == "Live"
    press("record")
    wait(lambda: feeds.recording.told and feeds.recording.told[1] > 10)

    alive = replay.clock.t
    broker.kill()  # and nothing is heard any more
    wait(lambda: row().word == "waiting")
    wait(lambda: reporting() == (0, 2))
    dead = replay.clock.t
    wait(lambda: window.notice.isVisible() and "no reading since" in window.notice.sentence)
    print(window.notice.sentence.partition(" since ")[0])
    wait(lambda: any(text.startswith("No reading since") for text in words(panel)))
    broker.start()
    wait(lambda: reporting() == (2, 2))
    wait(lambda: not window.notice.isVisible())

    replay.seek(dead)  # back, while more comes
    wait(lambda: reporting() == (0, 2))
    assert replay.clock.state == "paused" and child("live").text() == "Go live"
    came = replay.session.span[1]
    wait(lambda: replay.session.span[1] > came + 1)
    assert replay.clock.t == dead and reporting() == (0, 2)
    replay.seek(alive)
    wait(lambda: reporting() == (2, 2))
    replay.change(lambda clock: clock.at_speed(60).play())  # until now is reached, and then on with it
    wait(lambda: replay.clock.state == "following")
    replay.play()
    assert replay.clock.state == "paused"
    press("live")
    assert replay.clock.state == "following"
    wait(lambda: replay.strips is not None or replay.finer is not None)
    wait(lambda: window.replay.overviews.best.strips[0].layer.title == "Air")
    press("record")
    wait(lambda: window.notice.isVisible() and "were recorded in" in window.notice.sentence)
    assert feeds.recording.told is None
    print(feeds.recording._kept)

    QTimer.singleShot(200, lambda: QTest.mouseClick(window.findChild(QWidget, "answer-remove"), Qt.LeftButton))
    feeds.remove("Harbour air")
    assert replay.session is None and not replay.following.on
    assert not window.findChild(QWidget, "live").isVisible() and panel._empty.isVisible()
    publisher.end()
window.close()
print([thread.name for thread in threading.enumerate()])
"""

CLOSING = """
wait(lambda: window.notice.isVisible() and "cut off on 2024-11-12" in window.notice.sentence)
wait(lambda: any(one.text() == "Keep it" and one.isVisible() for one in window.findChildren(QPushButton)))
take("Keep it")  # what an earlier run of the program was recording when it was killed
wait(lambda: window.notice.isVisible() and "were recorded in" in window.notice.sentence)
print(window.notice.sentence.partition(" readings")[0])
from PySide6.QtWidgets import QFileDialog

kept, copy = feeds.recording._kept, Path(sys.argv[2]).parent / "copy"
QFileDialog.getSaveFileName = staticmethod(lambda *_: (str(copy), ""))
wait(lambda: any(one.text() == "Save as…" and one.isVisible() for one in window.findChildren(QPushButton)))
take("Save as…")
wait(lambda: "The recording is in copy.twin" in window.notice.sentence)
assert copy.with_suffix(".twin").read_bytes() == kept.read_bytes()
from twin.connections import Saved, keep
from twin.sources import Connection

with brokers.running(Path(sys.argv[2])) as broker:
    publisher = Publisher(broker)
    feeds._take(Connection("Harbour air", "mqtt", broker.url), {})
    wait(lambda: reporting() == (2, 2))
    press("record")
    wait(lambda: feeds.recording.told and feeds.recording.told[1] > 5)
    Path(feeds._live.recording.path).unlink()  # as when somebody pulls the disk out
    wait(lambda: window.notice.isVisible() and "Recording stopped" in window.notice.sentence)
    assert child("record").text() == "Record" and feeds.recording.told is None
    came = replay.session.span[1]
    wait(lambda: replay.session.span[1] > came + 1 and reporting() == (2, 2))  # and watching goes on
    wait(lambda: any(one.text() == "Record again" and one.isVisible() for one in window.findChildren(QPushButton)))
    take("Record again")
    wait(lambda: feeds.recording.told and feeds.recording.told[1] > 10)
    window.close()  # while it records
    print(*Path(sys.argv[2]).parent.glob("**/recordings/*.twin"))
    publisher.end()
print([thread.name for thread in threading.enumerate()])
"""

ASKING = """
from PySide6.QtWidgets import QComboBox, QPlainTextEdit
from feeds import Feeds, says

MEANING = '''
records = "stations"
[time]
columns = ["at"]
[sensor]
columns = ["id"]
[place]
lon = "lon"
lat = "lat"
[[measured]]
column = "fine"
channel = "pm25"
'''
with Feeds() as server:
    one = {"id": "s1", "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "fine": 12.5}
    told = {"stations": [one | {"lon": town.frame.lon, "lat": town.frame.lat}]}
    server.routes["/air.json"] = says(told)
    dialog = ask()
    write("address", "nonsense://")
    assert not child("accept").isEnabled()
    write("address", f"http://ada:hunter2@127.0.0.1/air.json")
    assert "password out of the address" in dialog.said.text()
    write("address", f"{server.url}/air.json")
    assert child("kind").currentData() == "http" and "what its payloads mean" in dialog.said.text()
    assert child("field-key").echoMode() == QLineEdit.EchoMode.Password
    dialog._fields._lines["key"].setText("hunter3")
    child("address").setText("mqtts://127.0.0.1")  # pasted over the other: whose key is a file, which everybody may see
    assert dialog._fields.text("key") == "" and "hunter3" not in str(dialog._fields.options())
    write("address", f"{server.url}/air.json")
    press("look")
    wait(lambda: dialog.findChild(QPlainTextEdit, "first-message").isVisible())
    print(dialog.findChild(QPlainTextEdit, "first-message").toPlainText().splitlines()[0])
    box = child("mapping")
    box.setCurrentIndex(box.findText("Write it here"))
    box.activated.emit(box.currentIndex())
    child("written-mapping").setPlainText("records = [")
    assert "no mapping" in dialog.said.text(), dialog.said.text()
    child("written-mapping").setPlainText(MEANING)
    wait(lambda: child("accept").isEnabled())
    if len(sys.argv) > 3:
        dialog.grab().save(sys.argv[3])
    QTest.keyClicks(dialog._fields._lines["key"], "a secret")
    press("accept")
    wait(lambda: reporting() == (1, 1))
    assert server.asked[-1].headers["authorization"] == "Bearer a secret"
    wait(lambda: window.notice.isVisible() and "this run only" in window.notice.sentence)  # there is no keyring here
    kept = Path(sys.argv[2], "district-twin", "connections.json").read_text()
    assert "secret" not in kept and "Little Harbour" in kept
    name = feeds._saved[0].connection.name
    feeds.turn(name, False)
    wait(lambda: any(text == "Paused" for text in words(panel)))
    assert '"districts"' not in Path(sys.argv[2], "district-twin", "connections.json").read_text()
    feeds.edit(name)
    dialog = child("connection")
    assert child("address").text().startswith("http://127.0.0.1") and "pm25" in child("written-mapping").toPlainText()
    write("feed-name", "Air")
    press("accept")
    wait(lambda: "Air" in words(panel))
    assert [one.connection.name for one in feeds._saved] == ["Air"]
    asked = len(server.asked)
    feeds.turn("Air", True)
    wait(lambda: len(server.asked) > asked)
    assert server.asked[-1].headers["authorization"] == "Bearer a secret"  # it went along with the new name
window.close()
print([thread.name for thread in threading.enumerate()])
"""


def harbour(folder: Path) -> Path:
    path = folder / "harbour.twin"
    district.save(path, districts.district())
    return path


def cut_off(path: Path) -> None:
    """Leave what somebody was recording when the program was killed, some time ago."""
    path.parent.mkdir(parents=True)
    of = sensed.roster(districts.district(), 1, 1)
    t = sensed.MIDNIGHT_S + np.arange(60.0)
    whole = path.parent.parent / "whole.twin"
    with Recorder(whole, of, title="Before") as recorder:
        recorder.record(Readings.of(0, 0, t, 50.0))
        recorder.flush()
        for end in ("", "-wal"):
            copy = path.with_name(f"{path.name}{end}")
            shutil.copyfile(f"{whole}{end}", copy)
            os.utime(copy, (sensed.MIDNIGHT_S + 36_000, sensed.MIDNIGHT_S + 36_000))


def test_that_a_feed_is_watched_lost_found_recorded_rewound_and_removed(tmp_path: Path, display: str) -> None:
    place = {"XDG_DATA_HOME": str(tmp_path / "data")}
    found = walk(BROKER + OPENING + WATCHING, display, harbour(tmp_path), tmp_path / "broker", **place)
    tested, said, recorded, alive = found
    assert tested == "2 sensors inside this district"
    assert said == "Harbour air: no reading"
    assert alive == "['MainThread']"
    (day,) = read_days(recorded)
    assert day.finished
    assert day.home is not None
    assert day.home.name == "Little Harbour"
    assert day.readings > 10
    assert file.read_info(Path(recorded))["counts"]["buildings"] == 3  # it is a district's file like any other
    with Recording(recorded) as history:
        assert history.span is not None
        start, end = history.span
        assert len(history.gaps(start + 0.5, end, slots=None)) == 2  # while the broker was away, for both stations


def test_that_a_window_closed_while_it_records_leaves_a_whole_file(tmp_path: Path, display: str) -> None:
    place = {"XDG_DATA_HOME": str(tmp_path / "data")}
    cut_off(tmp_path / "data" / "district-twin" / "recordings" / "Little Harbour 2024-11-12 101010.recording.twin")
    found = walk(BROKER + OPENING + CLOSING, display, harbour(tmp_path), tmp_path / "broker", **place)
    kept, names, alive = found
    assert kept == "60"
    assert alive == "['MainThread']"
    (recorded,) = [name for name in names.split(".twin") if name.strip() and "2024-11-12" not in name]
    recorded = f"{recorded.strip()}.twin"
    assert ".recording." not in recorded
    (day,) = read_days(recorded)
    assert day.finished
    assert day.readings > 10


def test_that_a_dialog_shows_a_first_message_takes_a_mapping_and_hides_the_key(tmp_path: Path, display: str) -> None:
    place = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    message, alive = walk(BROKER + OPENING + ASKING, display, harbour(tmp_path), tmp_path / "config", **place)
    assert message == "air.json"
    assert alive == "['MainThread']"
