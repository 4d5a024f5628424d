"""What Grafana is given: the dashboards, and the provisioning that lets it find them and Prometheus. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from monitoring.dashboards import grafana
from monitoring.dashboards.capacity import CAPACITY
from monitoring.dashboards.dashboard import Dashboard
from monitoring.dashboards.health import HEALTH
from monitoring.dashboards.overview import OVERVIEW
from monitoring.dashboards.service import SERVICE
from monitoring.dashboards.system import SYSTEM_BOARD
from monitoring.dashboards.unit import UNIT_BOARD

DASHBOARDS: Final[tuple[Dashboard, ...]] = (OVERVIEW, UNIT_BOARD, SYSTEM_BOARD, CAPACITY, HEALTH, SERVICE)
FOLDER_ZH: Final = "政务云"
SOURCE: Final = "govcloud-prometheus"


@dataclass(frozen=True, slots=True)
class Place:
    """Where Grafana finds things, and the time at which dashboards open, as Grafana writes times."""

    folder: str
    """The folder of the files, as Grafana sees it: an absolute path."""
    prometheus: str
    """Address of the Prometheus with the exporter's metrics and the recorded series."""
    start: str = "now-7d"
    end: str = "now"


def files(place: Place) -> Mapping[str, str]:
    """Path below the folder and text of every file. The same place gives the same bytes."""
    found = {f"dashboards/{one.uid}.json": grafana.written(one, place.start, place.end) for one in DASHBOARDS}
    found["provisioning/datasources/govcloud.yaml"] = _yaml({"datasources": [_source(place)]})
    found["provisioning/dashboards/govcloud.yaml"] = _yaml({"providers": [_provider(place)]})
    return found


def _source(place: Place) -> Mapping[str, object]:
    return {
        "name": SOURCE,
        "uid": SOURCE,
        "type": "prometheus",
        "access": "proxy",
        "url": place.prometheus,
        "isDefault": True,
        "editable": False,
        # the exporter is read every five minutes: no step is finer than what there is
        "jsonData": {"httpMethod": "POST", "timeInterval": "5m"},
    }


def _provider(place: Place) -> Mapping[str, object]:
    return {
        "name": "govcloud",
        "folder": FOLDER_ZH,
        "folderUid": "govcloud",
        "type": "file",
        "allowUiUpdates": False,
        "options": {"path": f"{place.folder}/dashboards", "foldersFromFilesStructure": False},
    }


def _yaml(content: Mapping[str, object]) -> str:
    return yaml.safe_dump({"apiVersion": 1, **content}, allow_unicode=True, sort_keys=False)
