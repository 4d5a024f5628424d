"""One run for `test_determinism`: a registry in some order of its files, to a digest of what is folded of it.

python tests/property/folded.py REGISTRY SEED
"""

import hashlib
import random
import shutil
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from broker.admit import admit
from broker.canonical import canonical
from broker.check.review import as_if_merged
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.papers import rule_set
from broker.plan.target import targets
from broker.registry.read import read_folder
from stacks.spec import to_json

AS_OF = datetime(2026, 11, 23, 1, tzinfo=UTC)


def main(source: Path, seed: int) -> str:
    """Digests of the records, the estate and the specs."""
    shuffled = random.Random(seed)  # noqa: S311 - an order, no secret
    files = sorted(source.rglob("*.yaml"))
    shuffled.shuffle(files)
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            target = Path(folder) / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        registry = as_if_merged(read_folder(Path(folder), cached=False))
    platform = platform_of(registry)
    outcomes = [one.admitted for one in admit(registry, platform, rule_set(), AS_OF, simulated=True).outcomes]
    filed = list(registry.filed)
    shuffled.shuffle(filed)
    estate = fold(filed, admissions_of(outcomes), AS_OF)
    specs = [target.spec for target in targets(estate, platform) if target.spec]
    seen = hashlib.sha256(b"".join(canonical(one.model_dump(mode="json")) for one in outcomes))
    seen.update(repr(replace(estate, as_of=AS_OF)).encode())
    seen.update("".join(map(to_json, specs)).encode())
    return f"{len(outcomes)} {len(estate.systems)} {len(specs)} {seen.hexdigest()}"


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1]), int(sys.argv[2])))
