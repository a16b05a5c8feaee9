"""Own images laid over a district: in any system they land where they belong, or a sentence says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import districts
import numpy as np
import pytest
import rasterio
import rasterio.transform
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import OURS, PLACES, degrees, district_at, feature, geojson, in_crs, refusal

from twin import overlay
from twin.model import TwinError

if TYPE_CHECKING:
    from pathlib import Path


# Images


def geotiff(path: Path, pixels: np.ndarray, box: Any, crs: str | None, **more: Any) -> Path:
    bands, rows, columns = pixels.shape
    profile = {"driver": "GTiff", "count": bands, "height": rows, "width": columns, "dtype": pixels.dtype, "crs": crs}
    transform = more.pop("transform", None) or rasterio.transform.from_bounds(*box, columns, rows)
    colours = more.pop("colormap", None)
    with rasterio.open(path, "w", transform=transform, **profile, **more) as raster:
        raster.write(pixels)
        if colours:
            raster.write_colormap(1, colours)
    return path


def quarters(kind: str = "uint8") -> np.ndarray:
    """Return red in the north-west, green in the north-east, blue in the south-west, white in the south-east."""
    pixels = np.zeros((3, 200, 200), kind)
    pixels[0, :100, :100] = pixels[1, :100, 100:] = pixels[2, 100:, :100] = 255
    pixels[:, 100:, 100:] = 255
    return pixels


def colour_at(image: Any, x: float, y: float) -> list[int]:
    west, south, east, north = image.bounds_xy
    rows, columns = image.pixels.shape[:2]
    row = min(int((north - y) / (north - south) * rows), rows - 1)
    return image.pixels[row, min(int((x - west) / (east - west) * columns), columns - 1)].tolist()


@pytest.mark.parametrize("crs", PLACES)
def test_that_an_image_in_any_system_lands_where_it_belongs(tmp_path: Path, crs: str) -> None:
    district = district_at(*PLACES[crs])
    box = in_crs(shapely.box(-80, -60, 80, 60), district, crs).bounds
    laid = overlay.add(district, geotiff(tmp_path / "x.tif", quarters(), box, crs), name="Aerial", source=OURS)
    (image,) = laid.images
    assert image.bounds_xy == pytest.approx((-80, -60, 80, 60), abs=6)  # a turned box is a little larger
    assert colour_at(image, -40, 30) == [255, 0, 0, 255]
    assert colour_at(image, 40, 30) == [0, 255, 0, 255]
    assert colour_at(image, -40, -30) == [0, 0, 255, 255]
    assert colour_at(image, 40, -30) == [255, 255, 255, 255]
    assert laid.sources[-1] == image.source == OURS
    # the corner between the four colours is where it was drawn, to a pixel or two
    assert colour_at(image, -4, 4) == [255, 0, 0, 255]
    assert colour_at(image, 4, -4) == [255, 255, 255, 255]


def test_that_an_image_is_cropped_to_the_district(tmp_path: Path) -> None:
    district = districts.district()
    box = in_crs(shapely.box(-2000, -2000, 2000, 2000), district, "EPSG:3879").bounds
    path = geotiff(tmp_path / "x.tif", np.full((3, 4000, 4000), 99, np.uint8), box, "EPSG:3879", compress="deflate")
    (image,) = overlay.add(district, path, name="Aerial", source=OURS).images
    assert image.bounds_xy == (-150, -120, 150, 120)
    assert image.pixels.shape[:2] == pytest.approx((240, 300), abs=8)
    assert (image.pixels == [99, 99, 99, 255]).all()


def test_that_a_fine_image_is_thinned_to_one_texture(tmp_path: Path) -> None:
    district = districts.district()
    box = in_crs(shapely.box(-150, -60, 150, 60), district, "EPSG:3879").bounds
    pixels = np.zeros((1, 2400, 6000), np.uint8)
    pixels[:, :, ::2] = 200  # stripes finer than the texture become their mean
    path = geotiff(tmp_path / "x.tif", pixels, box, "EPSG:3879", compress="deflate")
    (image,) = overlay.add(district, path, name="Aerial", source=OURS).images
    assert max(image.pixels.shape) == 4096
    assert image.pixels[600:-600, 600:-600, 0].mean() == pytest.approx(100, abs=3)


def test_that_pixels_without_data_are_transparent(tmp_path: Path) -> None:
    district = districts.district()
    pixels = np.full((1, 100, 100), 50.0, np.float32)
    pixels[:, :, 50:] = 250
    pixels[:, :50, 50:] = -9999
    pixels[:, 90:, 90:] = np.nan
    path = geotiff(tmp_path / "x.tif", pixels, in_crs(shapely.box(-50, -50, 50, 50), district, "EPSG:3879").bounds,
                   "EPSG:3879", nodata=-9999)  # fmt: skip
    (image,) = overlay.add(district, path, name="Grey", source=OURS).images
    assert colour_at(image, -25, 25) == [0, 0, 0, 255]
    assert colour_at(image, 25, -25) == [255, 255, 255, 255]
    assert colour_at(image, 25, 25)[3] == 0
    assert colour_at(image, 46, -46)[3] == 0


def test_that_an_alpha_band_is_kept(tmp_path: Path) -> None:
    district = districts.district()
    pixels = np.concatenate([quarters(), np.zeros((1, 200, 200), np.uint8)])
    pixels[3, :100] = 255
    box = in_crs(shapely.box(-50, -50, 50, 50), district, "EPSG:3879").bounds
    path = geotiff(tmp_path / "x.tif", pixels, box, "EPSG:3879", photometric="RGB", alpha="YES")
    (image,) = overlay.add(district, path, name="Half", source=OURS).images
    assert colour_at(image, -25, 25) == [255, 0, 0, 255]
    assert colour_at(image, -25, -25)[3] == 0


def test_that_a_palette_becomes_its_colours(tmp_path: Path) -> None:
    district = districts.district()
    pixels = np.ones((1, 10, 10), np.uint8)
    box = in_crs(shapely.box(-50, -50, 50, 50), district, "EPSG:3879").bounds
    path = geotiff(tmp_path / "x.tif", pixels, box, "EPSG:3879", colormap={1: (10, 20, 30, 255)})
    (image,) = overlay.add(district, path, name="Palette", source=OURS).images
    assert colour_at(image, 0, 0) == [10, 20, 30, 255]


def test_that_deep_colours_are_stretched(tmp_path: Path) -> None:
    district = districts.district()
    box = in_crs(shapely.box(-50, -50, 50, 50), district, "EPSG:3879").bounds
    path = geotiff(tmp_path / "x.tif", quarters("uint16") * 16, box, "EPSG:3879", photometric="RGB")
    (image,) = overlay.add(district, path, name="Deep", source=OURS).images
    assert colour_at(image, -25, 25) == [255, 0, 0, 255]


def test_that_a_turned_image_lands_where_it_belongs(tmp_path: Path) -> None:
    district = districts.district()
    to_crs = in_crs(shapely.MultiPoint([(0, 0), (1, 0)]), district, "EPSG:3879").geoms
    centre, angle = to_crs[0], np.degrees(np.arctan2(to_crs[1].y - to_crs[0].y, to_crs[1].x - to_crs[0].x))
    turn = np.radians(angle + 45)
    across, up = 0.5 * np.cos(turn), 0.5 * np.sin(turn)
    turned = rasterio.Affine(across, up, centre.x - 100 * (across + up), up, -across, centre.y - 100 * (up - across))
    path = geotiff(tmp_path / "x.tif", quarters(), None, "EPSG:3879", transform=turned)
    (image,) = overlay.add(district, path, name="Turned", source=OURS).images
    assert colour_at(image, -35, 0) == [255, 0, 0, 255]  # the north-west quarter, turned to the west
    assert colour_at(image, 0, 35) == [0, 255, 0, 255]
    assert colour_at(image, -60, 60)[3] == 0


@settings(max_examples=25, deadline=None)
@given(size_m=st.floats(1, 290), x=st.floats(-140, 140), y=st.floats(-110, 110))
def test_that_an_image_never_leaves_its_district(
    tmp_path_factory: pytest.TempPathFactory, size_m: float, x: float, y: float
) -> None:
    district = districts.district()
    path = tmp_path_factory.getbasetemp() / "any.tif"
    box = in_crs(shapely.box(x, y, x + size_m, y + size_m), district, "EPSG:3879").bounds
    geotiff(path, np.full((3, 16, 16), 7, np.uint8), box, "EPSG:3879")
    (image,) = overlay.add(district, path, name="Any", source=OURS).images
    west, south, east, north = image.bounds_xy
    assert -150 <= west < east <= 150
    assert -120 <= south < north <= 120
    assert (image.pixels[image.pixels[..., 3] > 0][:, :3] == 7).all()


def test_that_any_file_name_works_for_an_image(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "plain.tif", quarters(), (24.94, 60.16, 24.96, 60.18), "EPSG:4326")
    odd = path.rename(tmp_path / "a b#ü!?,.zip%41 北京.tif")
    assert len(overlay.add(districts.district(), odd, name="x", source=OURS).images) == 1


# Images that do not fit


def test_that_an_image_without_a_georeference_is_refused(tmp_path: Path) -> None:
    pixels = np.zeros((3, 8, 8), np.uint8)
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        rasterio.open(tmp_path / "x.tif", "w", driver="GTiff", count=3, height=8, width=8, dtype="uint8") as raster,
    ):
        raster.write(pixels)
    assert "does not say where it lies" in refusal(tmp_path / "x.tif")


def test_that_an_image_without_a_system_asks_for_one(tmp_path: Path) -> None:
    district = districts.district()
    box = in_crs(shapely.box(-50, -50, 50, 50), district, "EPSG:3879").bounds
    path = geotiff(tmp_path / "x.tif", quarters(), box, None)
    assert "does not say which coordinate system" in refusal(path)
    assert len(overlay.add(district, path, name="x", source=OURS, crs="EPSG:3879").images) == 1


def test_that_an_image_elsewhere_names_both_boxes(tmp_path: Path) -> None:
    said = refusal(geotiff(tmp_path / "x.tif", quarters(), (13.1, 52.1, 13.2, 52.2), "EPSG:4326"))
    assert "13.1000, 52.1000, 13.2000, 52.2000" in said


def test_that_an_image_without_any_data_here_is_refused(tmp_path: Path) -> None:
    district = districts.district()
    box = in_crs(shapely.box(-50, -50, 50, 50), district, "EPSG:3879").bounds
    path = geotiff(tmp_path / "x.tif", np.zeros((1, 8, 8), np.uint8), box, "EPSG:3879", nodata=0)
    assert "has no data where the district lies" in refusal(path)


def test_that_an_absurdly_fine_image_is_refused(tmp_path: Path) -> None:
    box = in_crs(shapely.box(-50, -50, 50, 50), districts.district(), "EPSG:3879").bounds
    path = tmp_path / "x.tif"
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": "EPSG:3879", "tiled": True}
    side = 300_000
    transform = rasterio.transform.from_bounds(*box, side, side)
    with rasterio.open(path, "w", width=side, height=side, transform=transform, sparse_ok=True, blockxsize=4096,
                       blockysize=4096, **profile):  # fmt: skip
        pass
    assert path.stat().st_size < 1_000_000
    assert "too large" in refusal(path)


def test_that_an_image_cut_short_is_refused(tmp_path: Path) -> None:
    district = districts.district()
    box = in_crs(shapely.box(-50, -50, 50, 50), district, "EPSG:3879").bounds
    path = geotiff(tmp_path / "x.tif", quarters(), box, "EPSG:3879")
    path.write_bytes(path.read_bytes()[:2000])
    assert "cannot be read as GeoTIFF" in refusal(path)


def test_that_an_image_has_no_heights(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "x.tif", quarters(), (24, 60, 25, 61), "EPSG:4326")
    assert "neither layers nor heights" in refusal(path, height_column="top")


def test_that_each_door_refuses_the_others_files(tmp_path: Path) -> None:
    vector = geojson(tmp_path / "x.json", feature(degrees(shapely.Point(0, 0))))
    raster = geotiff(tmp_path / "x.tif", quarters(), (24, 60, 25, 61), "EPSG:4326")
    with pytest.raises(TwinError, match="is a GeoTIFF and holds no features"):
        overlay.add_vector(districts.district(), raster, name="x", source=OURS)
    with pytest.raises(TwinError, match="is a GeoJSON and holds no image"):
        overlay.add_image(districts.district(), vector, name="x", source=OURS)
