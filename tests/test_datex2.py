"""DATEX II documents as road authorities send them, and as nobody should."""

from __future__ import annotations

import io
import math
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from feeds import Feeds, says
from hypothesis import given
from hypothesis import strategies as st
from sourced import BOX, HERE, SAMPLES, heard, opened, sound, table

from twin.readings import Reason
from twin.sources.body import LIMITS, Body
from twin.sources.datex2 import read
from twin.sources.gathering import around
from twin.sources.moments import moment
from twin.sources.source import Trouble

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

T = moment("2026-11-22T13:59:00Z")
_NS = (
    'xmlns:mc="http://datex2.eu/schema/3/messageContainer" xmlns:roa="http://datex2.eu/schema/3/roadTrafficData" '
    'xmlns:com="http://datex2.eu/schema/3/common" xmlns:loc="http://datex2.eu/schema/3/locationReferencing" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def document(*inside: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><mc:messageContainer {_NS}><mc:payload>{"".join(inside)}'
        "</mc:payload></mc:messageContainer>"
    )


def site(key: str, lon: float = 24.94, lat: float = 60.17, lanes: int = 2) -> str:
    """Return a site with a flow and a speed a lane, and a flow of lorries that is part of the first lane's."""
    counts = [(kind, "anyVehicle") for _lane in range(lanes) for kind in ("trafficFlow", "trafficSpeed")]
    told = "".join(
        f'<roa:measurementSpecificCharacteristics index="{number}"><roa:measurementSpecificCharacteristics>'
        f"<roa:specificMeasurementValueType>{kind}</roa:specificMeasurementValueType>"
        f"<roa:specificVehicleCharacteristics><com:vehicleType>{vehicles}</com:vehicleType>"
        "</roa:specificVehicleCharacteristics></roa:measurementSpecificCharacteristics>"
        "</roa:measurementSpecificCharacteristics>"
        for number, (kind, vehicles) in enumerate([*counts, ("trafficFlow", "lorry")], 1)
    )
    return (
        f'<roa:measurementSite id="{key}" version="1"><roa:measurementSiteName><com:values><com:value lang="nl">'
        f"Ring {key}</com:value></com:values></roa:measurementSiteName>"
        '<roa:measurementSiteLocation xsi:type="loc:PointLocation"><loc:pointByCoordinates>'
        f"<loc:bearing>90</loc:bearing><loc:pointCoordinates><loc:latitude>{lat}</loc:latitude><loc:longitude>{lon}</loc:longitude>"
        f"</loc:pointCoordinates></loc:pointByCoordinates></roa:measurementSiteLocation>{told}</roa:measurementSite>"
    )


def flow(index: int, rate: float, more: str = "") -> str:
    return _quantity(index, "TrafficFlow", f"<roa:vehicleFlow>{more}<com:vehicleFlowRate>{rate}</com:vehicleFlowRate>"
                     "</roa:vehicleFlow>")  # fmt: skip


def speed(index: int, kmh: float, more: str = "", used: str = "") -> str:
    attribute = f' numberOfInputValuesUsed="{used}"' if used else ""
    return _quantity(index, "TrafficSpeed", f"<roa:averageVehicleSpeed{attribute}>{more}<com:speed>{kmh}</com:speed>"
                     "</roa:averageVehicleSpeed>")  # fmt: skip


def _quantity(index: int, kind: str, data: str) -> str:
    return (
        f'<roa:physicalQuantity index="{index}"><roa:physicalQuantity xsi:type="roa:SinglePhysicalQuantity">'
        f'<roa:basicData xsi:type="roa:{kind}">{data}</roa:basicData></roa:physicalQuantity></roa:physicalQuantity>'
    )


def measured(key: str, *values: str, time: str = "2026-11-22T13:59:00Z") -> str:
    return (
        f'<roa:siteMeasurements><roa:measurementSiteReference id="{key}"/>{"".join(values)}'
        f"<roa:measurementTimeDefault><roa:timeValue>{time}</roa:timeValue></roa:measurementTimeDefault>"
        "</roa:siteMeasurements>"
    )


TABLE = document(site("near"), site("swapped", 60.171, 24.941), site("far", 4.9, 52.4), site("", 24.94, 60.17))
DATA = document(
    measured("near", flow(1, 840), speed(2, 108.0), flow(3, 120), speed(4, 60.0), flow(5, 120)),
    measured("swapped", flow(1, 840), speed(2, 100.0), flow(3, 0), speed(4, -1.0), flow(5, 120)),
    measured("far", flow(1, 840)),
    measured("nobody knows", flow(1, 840)),
)


@pytest.fixture
def server() -> Iterator[Feeds]:
    with Feeds() as found:
        found.routes["/table.xml.gz"] = says(TABLE, kind="application/gzip", packed=True)
        found.routes["/data.xml"] = says(DATA, kind="application/xml")
        yield found


def source_of(server: Feeds, **how: Any) -> Any:
    return opened("datex2", f"datex2+{server.url}/data.xml", **({"table": f"{server.url}/table.xml.gz"} | how))


def test_that_lanes_are_one_site_and_its_speed_is_that_of_its_vehicles(server: Feeds) -> None:
    source = source_of(server)
    told = heard(source)
    assert told.error is None
    assert table(source.roster, told.readings) == [
        ("near", "flow", T, T, 960.0),
        ("near", "speed", T, T, 102.0),
        ("swapped", "flow", T, T, 840.0),
        ("swapped", "speed", T, T, 100.0),
    ]
    near, swapped = source.roster.sensors
    assert (near.name, near.heading_deg) == ("Ring near", 90.0)
    assert (swapped.lon, swapped.lat) == (24.941, 60.171)
    sound(source.roster, told.readings)
    assert heard(source).error is None
    assert server.paths == ["/table.xml.gz", "/data.xml", "/data.xml"]


def test_that_an_error_is_refused_though_a_legal_zero_stands_beside_it(server: Feeds) -> None:
    wrong = "<com:dataError>true</com:dataError>"
    server.routes["/data.xml"] = says(
        document(measured("near", flow(1, 0, wrong), speed(2, 0.0, wrong), flow(3, 120), speed(4, 60.0)))
    )
    source = source_of(server)
    told = heard(source)
    assert not len(told.readings)
    assert [(one.reason, one.sensor, one.channel, one.value) for one in told.rejects.examples] == [
        (Reason.UNREADABLE, "near", "flow", "0 dataError"),
        (Reason.UNREADABLE, "near", "speed", "0.0 dataError"),
    ]


def test_that_no_vehicle_has_no_speed(server: Feeds) -> None:
    server.routes["/data.xml"] = says(
        document(measured("near", flow(1, 0), speed(2, 0.0, used="0"), flow(3, 0), speed(4, -1.0)))
    )
    source = source_of(server)
    told = heard(source)
    assert [(one[1], one[4]) for one in table(source.roster, told.readings)] == [("flow", 0.0)]
    assert not told.rejects.total


def test_that_version_2_and_a_table_in_the_same_document_are_read(server: Feeds) -> None:
    server.routes["/data.xml"] = says(
        '<d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0"><payloadPublication><measurementSiteTable>'
        '<measurementSiteRecord id="S"><measurementSiteLocation><locationForDisplay><latitude>60.17</latitude>'
        "<longitude>24.94</longitude></locationForDisplay></measurementSiteLocation></measurementSiteRecord>"
        "</measurementSiteTable><siteMeasurements><measurementSiteReference>S</measurementSiteReference>"
        "<measurementTimeDefault>2026-11-22T13:59:00Z</measurementTimeDefault>"
        '<measuredValue index="1"><measuredValue><basicData><vehicleFlow><vehicleFlowRate>420</vehicleFlowRate>'
        "</vehicleFlow></basicData></measuredValue></measuredValue></siteMeasurements></payloadPublication>"
        "</d2LogicalModel>"
    )
    source = source_of(server, table="")
    told = heard(source)
    assert told.error is None
    assert table(source.roster, told.readings) == [("S", "flow", T, T, 420.0)]


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' if n else '<!ENTITY lol0 "&lol;">' for n in range(10))
    + "]><lolz>&lol9;</lolz>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (BOMB, "declares entities"),
        (OUTSIDE, "declares entities"),
        (DATA[: len(DATA) // 2], "not XML, or is cut off"),
        ('{"error": 1}', "not XML"),
        ("", "not XML"),
        ('<?xml version="1.0" encoding="nonsense-8"?><a/>', "not XML"),
        (document(measured("near", flow(1, 1))), "None of the sites"),
    ],
)
def test_that_what_is_no_document_is_one_sentence(server: Feeds, text: str, sentence: str) -> None:
    server.routes["/table.xml.gz"] = says(text)
    error = heard(source_of(server)).error
    assert isinstance(error, Trouble)
    assert sentence in str(error)


def test_that_a_table_is_asked_for_where_there_is_none(server: Feeds) -> None:
    error = heard(source_of(server, table="")).error
    assert isinstance(error, Trouble)
    assert "where its table" in str(error)
    assert error.grave


def parsed(text: bytes) -> Any:
    return read(Body(iter([text]), LIMITS, False, "here"), around(BOX, 300), frozenset({"near"}), "here")


@pytest.mark.parametrize("many", ["<a/>", "<a>x</a>", "<roa:siteMeasurements><b/></roa:siteMeasurements>"])
def test_that_a_long_document_takes_no_more_memory_than_what_is_wanted_of_it(many: str) -> None:
    start, end = document("@", DATA[DATA.index("<roa:siteMeasurements") : DATA.rindex("</mc:payload>")]).split("@")
    pieces = [start.encode(), *[many.encode() * 2_000] * 50, end.encode()]
    tracemalloc.start()
    try:
        _sites, found = read(Body(iter(pieces), LIMITS, False, "here"), None, frozenset({"near"}), "here")
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [one.site for one in found] == ["near"]
    assert most < 2_000_000


@pytest.mark.parametrize(
    ("text", "sentence"), [("x" * 5_000_000, "more than 4\u202fMB"), ("<a>" * 300 + "</a>" * 300, "not XML")]
)
def test_that_texts_and_depths_without_end_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(Trouble, match=sentence):
        parsed(document(text).encode())


@given(st.randoms(use_true_random=False), st.integers(1, 30))
def test_that_a_damaged_document_is_sites_or_a_sentence(chance: random.Random, wounds: int) -> None:
    text = bytearray(document(site("near"), measured("near", flow(1, 840), speed(2, 108.0), flow(3, 120))).encode())
    for _wound in range(wounds):
        at = chance.randrange(len(text))
        text[at : at + chance.randrange(3)] = bytes(chance.choices(b'<>&"/ 019-', k=chance.randrange(3)))
    try:
        sites, measurements = parsed(bytes(text))
    except Trouble:
        return
    source = opened("datex2", "datex2+http://127.0.0.1:9/", where=HERE)
    source.ask.__self__.take(sites, measurements)
    batch = source.gathering.batch()
    sound(source.roster, batch.readings)


def test_that_samples_of_a_real_authority_are_read() -> None:
    if not SAMPLES.exists():  # the reference payloads lie beside the repository where it was made
        return
    table_, data = ((SAMPLES / f"datex2_v3_ndw_{name}.xml").read_bytes() for name in
                    ("measurement_site_table", "trafficspeed"))  # fmt: skip
    place = (
        b'<roa:measurementSiteLocation xmlns:l="l"><l:latitude>60.17</l:latitude><l:longitude>24.94</l:longitude>'
        b'</roa:measurementSiteLocation><roa:measurementSpecificCharacteristics index="1">'
    )  # which the sample leaves out
    before = b'<roa:measurementSpecificCharacteristics index="1">'
    sites, _none = parsed(table_.replace(before, place, 1))
    assert [(one.id, len(one.counts)) for one in sites] == [("RWS01_MONIBAS_0271hrl0063ra", 5)]
    _none, measurements = read(Body(io.BytesIO(data), LIMITS, False, "here"), None, frozenset({sites[0].id}), "here")
    source = opened("datex2", "datex2+http://127.0.0.1:9/")
    source.ask.__self__.take(sites, measurements)
    batch = source.gathering.batch()
    t = moment("2026-09-30T13:59:00Z")
    assert table(source.roster, batch.readings) == [
        (sites[0].id, "flow", t, t, 840.0),
        (sites[0].id, "speed", t, t, 108.0),
    ]
    assert math.isnan(sites[0].heading_deg)
