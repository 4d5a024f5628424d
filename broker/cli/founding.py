"""`broker init`: an empty registry that checks clean."""

from pathlib import Path
from typing import Annotated

import typer

from broker import papers
from broker.founding import DIRECTOR, Charter, found

NEXT = """made {folder}, with its first commit signed by {director}
trust root  {root}
key         {key}

Next:
  1. put  trust_root = "{root}"  into broker.toml of the deployment, and give the fingerprint out on paper
  2. keep the key off this machine; who has it can decide for the office
  3. file the office's second person and his key, each signed, and merge the one before the other:
     broker keys appoint PERSON --role cloud_office --organisation cloud-office --as {director} --registry {folder}
     broker keys register PERSON KEY.pub --as {director} --registry {folder}
     broker sign FILE --as {director} --role cloud_office --key {key}
  4. broker check {folder}
"""


def init(  # noqa: PLR0913, PLR0917 - the options of a command
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder for the registry.")],
    office: Annotated[str, typer.Option(help="Name of the cloud office, such as 区网信办.")],
    keys: Annotated[Path, typer.Option(help="Folder outside DIR for the office's first key.")],
    district: Annotated[str, typer.Option(help="Id of the district, in lower-case latin words.")] = "district",
    district_name: Annotated[str, typer.Option(help="Name of the district; without it, that of its id.")] = "",
    grade: Annotated[int, typer.Option(help="Grade of classified protection (等级保护) of the platform.")] = 3,
) -> None:
    """Make an empty registry with the office's first key; print the trust root and what to do next."""
    charter = Charter(office, district, district_name or district, grade)
    made = found(folder, keys, charter, papers.now())
    typer.echo(
        NEXT.format(folder=folder, director=DIRECTOR, root=made.trust_root, key=made.key),
        nl=False,
    )
