"""The `.twin` file: a GeoPackage that holds a district, its meshes and its provenance.

QGIS and GDAL open it as it is. `ARCHITECTURE.md` says what the tables of our own mean.
"""

from twin.file.container import StaleCity
from twin.file.inspection import Problem, read_info, verify
from twin.file.opening import read_city, read_district
from twin.file.saving import write
from twin.file.viewpoints import read_views

__all__ = [
    "Problem",
    "StaleCity",
    "read_city",
    "read_district",
    "read_info",
    "read_views",
    "verify",
    "write",
]
