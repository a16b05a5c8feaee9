"""Tables into days of a district: split at its midnights, all readings and all rejects accounted for."""

from __future__ import annotations

import csv
import itertools
import json
import sys
from datetime import date
from typing import TYPE_CHECKING

import districts
import numpy as np
import pytest

from twin import cli, days, district, file, importing
from twin.model import TwinError
from twin.readings import Channel, Layer, Readings, Reason, Roster, Sensor

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "linux":  # where a display can be had without a screen
    from windows import OPENING, walk

HOUR_S = 3600.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home.twin"
    file.write(path, districts.district(), districts.city())
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Three days of two stations in local time, in the order of the stations, with a line that cannot be."""
    lon, lat = districts.FRAME.lon, districts.FRAME.lat
    lines = ["date,hour,station,lon,lat,NO2"]
    for station in ("north", "south"):
        for day, hour in itertools.product((1, 2, 3), range(24)):
            lines.append(f"2024-05-0{day},{hour},{station},{lon},{lat},{day}{hour:02}")
    lines.insert(5, f"2024-05-01,99,north,{lon},{lat},7")
    lines.insert(60, f"2024-05-02,11,south,{lon},{lat},-7")
    path = tmp_path / "air.csv"
    path.write_text("\n".join(lines))
    return path


def test_that_a_table_becomes_days_of_the_district(home: Path, table: Path, tmp_path: Path) -> None:
    target, listing = tmp_path / "out.twin", tmp_path / "left.csv"
    found = importing.import_tables(home, [table], target, rejects=listing)
    assert (found.rows, found.readings, found.rejects.total) == (146, 144, 2)
    assert len(found.days) == 3
    held = days.read_days(target)
    assert [day.readings for day in held] == [48, 48, 48]
    assert days.verify_days(target) == file.verify(target) == ()
    assert file.read_district(target).name == file.read_district(home).name
    with days.Recording(target, held[1].id) as recording:
        moment = recording.at(held[1].t_start + 4 * HOUR_S)  # the mean of the fifth hour is known at its end
        assert moment.values("no2").tolist() == [204.0, 204.0]
        assert recording.rejects().counts == {Reason.OUT_OF_RANGE: 1}
        assert recording.rejects().examples[0].where == "air.csv, line 61"
        assert recording.day.home is not None
        assert recording.day.home.zone == "Europe/Helsinki"
    with listing.open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["line"], row["reason"]) for row in rows] == [("6", "impossible time"), ("61", "out of range")]
    assert rows[0]["text"].startswith("2024-05-01,99,north")


def test_that_only_days_that_were_asked_for_are_taken(home: Path, table: Path, tmp_path: Path) -> None:
    day = date(2024, 5, 2)
    found = importing.import_tables(home, [table], tmp_path / "out.twin", since=day, until=day)
    assert (len(found.days), found.readings, found.outside) == (1, 48, 96)
    with pytest.raises(TwinError, match="on the days that were asked for"):
        importing.import_tables(home, [table], tmp_path / "no.twin", since=date(2025, 1, 1))
    assert not (tmp_path / "no.twin").exists()


def test_that_positions_come_from_another_table_by_key_or_name(home: Path, tmp_path: Path) -> None:
    path, places = tmp_path / "t.csv", tmp_path / "p.csv"
    path.write_text("time,station_id,name,pm10\n2024-05-01T00:00Z,1,Old Street,5\n2024-05-01T00:00Z,2,New Street,6\n")
    lon, lat = districts.FRAME.lon, districts.FRAME.lat
    places.write_text(f"station_id,name,longitude,latitude\n1,x,{lon},{lat}\n9,new street,{lat},{lon}\n")
    found = importing.import_tables(home, [path], tmp_path / "out.twin", positions=places)
    assert np.allclose(found.roster.lonlat, [lon, lat])
    assert (found.swapped, found.unplaced) == (1, 0)
    assert found.far_m < 500


def test_that_a_table_without_one_reading_writes_nothing(home: Path, tmp_path: Path) -> None:
    path, target = tmp_path / "t.csv", tmp_path / "out.twin"
    path.write_text("time,id,speed\n2024-05-01T00:00Z,a,900\n2024-05-01T01:00Z,a,901\n")
    with pytest.raises(TwinError, match=r"None of 2 lines .*: t\.csv, line 2: The value is outside"):
        importing.import_tables(home, [path], target, rejects=tmp_path / "left.csv")
    assert not target.exists()
    assert not (tmp_path / "left.csv").exists()


def test_that_the_command_tells_what_was_taken_and_what_not(
    home: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "out.twin")
    assert cli.main(["import", str(home), str(table), "-o", target, "-q", "--owner", "The city", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["readings"], told["rejected"]) == (144, {"impossible time": 1, "out of range": 1})
    assert days.read_days(target)[0].layers[0].owner == "The city"
    assert cli.main(["import", str(home), str(table), "-o", target, "-q"]) == 0
    assert "air.csv, line 61" in capsys.readouterr().out
    assert cli.main(["import", target, str(table), "-o", target, "-q"]) == 2
    assert "--replace puts the new ones in their place" in capsys.readouterr().err
    assert cli.main(["import", target, str(table), "-o", target, "-q", "--replace"]) == 0
    assert [day.readings for day in days.read_days(target)] == [48, 48, 48]
    capsys.readouterr()
    assert cli.main(["import", "--guess", str(table)]) == 0
    printed = tmp_path / "m.toml"
    printed.write_text(capsys.readouterr().out)
    assert cli.main(["import", str(home), str(table), "--mapping", str(printed), "-o", target, "-q"]) == 0
    capsys.readouterr()
    assert cli.main(["import", str(home)]) == 2
    assert "needs a district, a table" in capsys.readouterr().err
    assert cli.main(["import", str(home), str(table), "-o", target, "--mapping", "nonsense"]) == 2
    assert "beijing_air" in capsys.readouterr().err


def test_that_no_day_comes_in_twice(home: Path, table: Path) -> None:
    importing.import_tables(home, [table], home)
    before = home.read_bytes()
    with pytest.raises(days.DaysThere, match=r", 2024-05-01” and 2 more days are there already"):
        importing.import_tables(home, [table], home)
    assert home.read_bytes() == before
    lines = table.read_text().splitlines()
    head, rest = lines[0], [line for line in lines[1:] if line.startswith("2024-05-02")]
    table.write_text("\n".join([head, *(line.replace(",north", ",east") for line in rest)]))
    with pytest.raises(days.DaysThere, match=r", 2024-05-02” is there already"):
        importing.import_tables(home, [table], home)
    importing.import_tables(home, [table], home, replace=True)
    found = days.read_days(home)
    assert [day.title[-10:] for day in found] == ["2024-05-01", "2024-05-02", "2024-05-03"]
    with days.Recording(home, found[1].id) as recording:
        assert {sensor.key for sensor in recording.roster.sensors} == {"south", "east"}
    table.write_text("\n".join([head, *(line.replace(",north", ",west").replace(",south", ",sea") for line in rest)]))
    importing.import_tables(home, [table], home)  # other sensors at the same time are other days
    assert len(days.read_days(home)) == 4
    assert days.verify_days(home) == file.verify(home) == ()


def test_that_no_layer_is_lost_by_replacing_a_day(home: Path, table: Path, tmp_path: Path) -> None:
    day = tmp_path / "day.twin"
    own = Channel("no2", "air", "NO2", "µg/m³")
    more = Channel("speed", "traffic", "Speed", "km/h")
    sensors = (Sensor("north", "air", ("no2",)), Sensor("loop", "traffic", ("speed",)))
    layers = (Layer("air", "Air", "measured"), Layer("traffic", "Traffic", "measured"))
    with days.Recorder(day, Roster(sensors, (own, more), layers), title="All of it") as recorder:
        recorder.record(Readings.of([0, 1], [0, 1], 1_714_600_000.0, 5.0))  # the first of May, 21:46 UTC
        recorder.record(Readings.of([0, 1], [0, 1], 1_714_590_000.0, 5.0))
    days.copy_days(day, home)
    with pytest.raises(TwinError, match="“All of it” also holds Traffic, which would be lost"):
        importing.import_tables(home, [table], home, replace=True)


def test_that_what_is_fetched_keeps_the_days_of_its_own_file_alone(home: Path, table: Path, tmp_path: Path) -> None:
    again = district.open_district(home)
    assert district.days_that_stay(home, again) is None
    assert district.days_that_stay(tmp_path / "none.twin", again) is None
    importing.import_tables(home, [table], home)
    assert district.days_that_stay(home, again) == home
    with pytest.raises(TwinError, match=r"holds 3 recorded days of another district \(Little Harbour\), which would"):
        district.days_that_stay(home, district.open_district("sample"))
    alone = tmp_path / "alone.twin"
    days.copy_days(home, alone)
    with pytest.raises(TwinError, match="which would be lost"):
        district.days_that_stay(alone, again)
    alone.write_bytes(b"broken")
    assert district.days_that_stay(alone, again) is None


def test_that_days_stay_when_their_district_is_written_anew(home: Path, table: Path, tmp_path: Path) -> None:
    importing.import_tables(home, [table], home)
    before = days.read_days(home)
    again = district.open_district(home)
    district.write(home, again, districts.city(), days_of=home)
    assert [day.readings for day in days.read_days(home)] == [day.readings for day in before] == [48, 48, 48]
    other = tmp_path / "other.twin"
    district.write(other, again, districts.city(), days_of=home)
    assert days.verify_days(other) == file.verify(other) == ()
    file.read_city(other)  # its meshes are still current: nothing was written past the seal


def test_that_a_file_of_days_alone_says_whose_they_are_and_goes_into_its_district(
    home: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    importing.import_tables(home, [table], tmp_path / "full.twin")
    alone = tmp_path / "alone.twin"
    days.copy_days(tmp_path / "full.twin", alone)
    with pytest.raises(TwinError, match="recorded days of Little Harbour, and no district"):
        file.read_district(alone)
    assert cli.main(["verify", str(alone), "-q"]) == 0
    assert cli.main(["info", str(alone)]) == 0
    assert "Little Harbour" in capsys.readouterr().out
    assert cli.main(["info", str(alone), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["days"]) == 3
    assert cli.main(["import", str(home), str(alone), "-o", str(home), "-q"]) == 0
    assert len(days.read_days(home)) == 3


if sys.platform == "linux":

    def test_that_a_table_dropped_on_the_window_becomes_days_that_are_shown(
        display: str, home: Path, table: Path
    ) -> None:
        script = """
def meant():
    dialog = app.activeModalWidget()
    if dialog is None:
        QTimer.singleShot(50, meant)
        return
    accept = dialog.findChild(QPushButton, "accept")
    print(accept.isEnabled())
    QTest.keyClicks(dialog.findChild(QLineEdit, "import-whose"), "The city")
    QTest.keyClicks(dialog.findChild(QLineEdit, "import-terms"), "CC0")
    print(dialog.said.text())
    QTest.mouseClick(accept, Qt.LeftButton)


QTimer.singleShot(100, meant)
window.doors.open_file(Path(sys.argv[2]))
wait(titled("Little Harbour*"))
print(window.notice.sentence)
QTimer.singleShot(100, meant)
window.doors.open_file(Path(sys.argv[2]))  # the same again is in twice, or in the place of the first
wait(lambda: "there already" in window.notice.sentence)
take("Replace")
wait(lambda: "were imported" in window.notice.sentence)
from twin.days import read_days
print(len(read_days(window.doors.opened.path)))
window.doors._forget_changes()
window.close()
"""
        told = walk(OPENING + script, display, home, table)
        assert told[0] == "False"
        assert told[1].startswith("The first 146 rows hold 144 readings. 2 are not taken; air.csv, line 6: The time")
        assert "144" in told[2]
        assert "2 were not taken" in told[2]
        assert told[-1] == "3"

    def test_that_the_dialog_takes_places_from_another_table_and_heeds_flags(
        display: str, home: Path, tmp_path: Path
    ) -> None:
        lines = [f"2024-05-01T{hour:02}:00Z,{key},{hour + 1},{9 * (hour == 7)}" for hour in range(24) for key in "ab"]
        table, places, wrong = tmp_path / "t.csv", tmp_path / "p.csv", tmp_path / "w.csv"
        table.write_text("\n".join(["time,station_id,pm10,grade", *lines]))
        lon, lat = districts.FRAME.lon, districts.FRAME.lat
        places.write_text(f"station_id,longitude,latitude\na,{lon},{lat}\nb,{lon},{lat}\n")
        wrong.write_text("a,b\n1,2\n")
        script = """
def meant():
    dialog = app.activeModalWidget()
    if dialog is None:
        QTimer.singleShot(50, meant)
        return
    dialog.place(Path(sys.argv[4]))
    print(dialog.said.text())
    dialog.place(Path(sys.argv[3]))
    flags = dialog.findChild(QLineEdit, "import-rejected")
    print(flags.isEnabled())
    role = dialog.findChild(QWidget, "role-grade")
    role.setCurrentIndex(role.findData("quality"))
    print(flags.isEnabled())
    flags.setText("9")
    dialog.findChild(QLineEdit, "import-whose").setText("The city")
    dialog.findChild(QLineEdit, "import-terms").setText("CC0")
    print(dialog.said.text())
    QTest.mouseClick(dialog.findChild(QPushButton, "accept"), Qt.LeftButton)


from twin.days import Recording, read_days
QTimer.singleShot(100, meant)
window.doors.open_file(Path(sys.argv[2]))
wait(titled("Little Harbour*"))
found = read_days(window.doors.opened.path)
with Recording(window.doors.opened.path) as recording:
    print(sum(day.readings for day in found), len(recording.roster.lonlat), abs(recording.roster.lonlat).min() > 1)
window.doors._forget_changes()
window.close()
"""
        told = walk(OPENING + script, display, home, table, places, wrong)
        assert told[0].startswith(str(wrong)) or "must tell keys or names" in told[0]
        assert told[1:3] == ["False", "True"]
        assert told[3].startswith("The first 48 rows hold 46 readings. 2 are not taken")
        assert told[4] == "46 2 True"
