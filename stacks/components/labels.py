"""The labels and names that every resource of a stack carries."""

from collections.abc import Mapping

from stacks.spec import StackSpec


def labels(spec: StackSpec) -> Mapping[str, str]:
    """Whose resource it is and on whose decision it stands."""
    return {
        "system": spec.system,
        "unit": spec.unit,
        "zone": spec.zone,
        "request_number": spec.request_number,
    }


def cloud_name(spec: StackSpec, name: str) -> str:
    """The name on the cloud: it says the system and zone to whoever meets it in a list of all projects."""
    return f"{spec.system}-{spec.zone}-{name}"
