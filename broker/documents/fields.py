"""The field types that documents share. Every size has its unit in its name; every bound has its reason here."""

import base64
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

import quotas.amount

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=48)]
"""Lower-case latin words joined by hyphens: it becomes part of names on clouds and of metric labels."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]
Line = Annotated[str, StringConstraints(pattern=r"^[^\r\n]+$", max_length=200, strip_whitespace=True)]
Article = Annotated[str, StringConstraints(pattern=r"^[CS]-\d{1,2}(\([一二三四五六七八九十]+\))?(\.[a-z])?$")]
DocumentNumber = Annotated[
    str,
    StringConstraints(
        pattern=r"^([A-Z]{2,4}-[0-9]{4}-[0-9]{2,4}"  # of a register
        r"|[一-龥]{2,20}〔[0-9]{4}〕[1-9][0-9]{0,4}号)$"  # 机关代字〔年份〕序号号
    ),
]
"""Number of a paper (发文字号): 津南网信批〔2026〕11号 as GB/T 9704-2012 7.2.5 has it, or a register's RY-2026-011."""

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Sha512 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]
Cidr = Annotated[str, StringConstraints(pattern=r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$")]


def _says_what_it_is(public_key: str) -> str:
    """The key as it is, if what follows the algorithm's name is a key of that algorithm (RFC 4253 6.6)."""
    algorithm, encoded = public_key.split()
    try:
        blob = base64.b64decode(encoded, validate=True)
    except ValueError:
        blob = b""
    if not blob.startswith(len(algorithm).to_bytes(4, "big") + algorithm.encode()):
        raise ValueError(f"copy the first two words of the .pub file: what follows {algorithm} is no such key")
    return public_key


LoginKey = Annotated[
    str,
    StringConstraints(pattern=r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp256) [A-Za-z0-9+/]+={0,2}$", max_length=1000),
    AfterValidator(_says_what_it_is),
]
"""The first two words of an OpenSSH .pub file; the private half never leaves the unit."""

Count = Annotated[int, Field(ge=1, le=512)]
Vcpu = Annotated[int, Field(ge=0, le=1_000_000)]
Gib = Annotated[int, Field(ge=0, le=1 << 30)]
"""2^30 bytes each; the bound is one exbibyte, more than any district has."""

DiskGib = Annotated[int, Field(ge=1, le=65_536)]
"""One volume; 64 TiB is the largest that common Cinder back ends take."""

Mbps = Annotated[int, Field(ge=0, le=2_000_000)]
"""10^6 bit/s; Neutron's limit is 2^31 kbit/s."""

Port = Annotated[int, Field(ge=1, le=65_535)]
Day = date
Instant = AwareDatetime
Zone = Literal["extranet", "internet"]
"""电子政务外网区 and 互联网区 (C-2)."""

VolumeTier = Literal["standard", "high_performance"]
Capability = Literal[
    "load_balancer",
    "volume_backup",
    "gateway_qos",
    "bucket_versioning",
    "bucket_lifecycle",
    "bucket_encryption",
    "bucket_policy",
]
"""What not every cloud can: Octavia, cinder-backup, limits on a router's gateway, and of its object store the rest."""

DrClass = Literal["none", "backup", "warm", "hot"]
MlpsGrade = Annotated[int, Field(ge=1, le=5)]
"""Grade of classified protection (等级保护)."""


class Part(BaseModel):
    """A closed part of a document: unknown keys are refused, values are strict and never change."""

    # a validator is built when its kind is first read: a command reads few of the many kinds; docstrings: see `schema`
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Amount(Part):
    """How much of each head of C-6(四); what is left out is zero."""

    vcpu: Vcpu = 0
    memory_gib: Gib = 0
    block_gib: Gib = 0
    """All block storage, whatever its tier."""
    block_high_performance_gib: Gib = 0
    """The part of `block_gib` that is high_performance."""
    object_gib: Gib = 0
    bandwidth_mbps: Mbps = 0
    public_addresses: Annotated[int, Field(ge=0, le=65_536)] = 0

    @property
    def counted(self) -> quotas.amount.Amount:
        """The same figures as a value that can be added up."""
        # not by model_dump, which builds a serializer for the first amount of a run: 40 ms
        return quotas.amount.Amount(**dict(self))


class Attachment(Part):
    """A file that a document points at; the file itself lies in the attachment store, never in the registry."""

    digest: Digest
    size_bytes: Annotated[int, Field(ge=0, le=1 << 40)]
    media_type: Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9.+-]+$")]
    confidentiality: Literal["public", "case", "restricted"]
    title: Line
