from dataclasses import replace

import pytest
from pydantic import ValidationError

from stacks.spec import Power, Reader, digest, from_json, json_schema, to_json
from tests.fixtures.stack_specs import sample


def test_the_json_has_no_white_space_and_sorted_keys() -> None:
    text = to_json(replace(sample(), unit="区教育局"))
    assert text.startswith('{"accesses":[],"bandwidth_mbps":20,"bucket_key_serial":1,"buckets":[')
    assert '"unit":"区教育局"' in text
    assert ": " not in text


def test_equal_specs_have_one_digest_and_any_change_another() -> None:
    spec = sample()
    assert digest(spec) == digest(sample())
    assert digest(replace(spec, power=Power.STOPPED)) != digest(spec)
    assert digest(replace(spec, request_number="RY-2")) != digest(spec)


def test_a_bucket_that_is_not_encrypted_keeps_the_bytes_that_it_had_before_there_was_encryption() -> None:
    spec = sample()
    bucket = '{"expire_days":null,"name":"hall-internet-files","quota_gib":1,"versioning":true}'
    assert f'"buckets":[{bucket}]' in to_json(spec)
    encrypted = replace(spec, buckets=tuple(replace(each, encrypted=True) for each in spec.buckets))
    assert from_json(to_json(encrypted)) == encrypted
    assert digest(encrypted) != digest(spec)


def test_a_tier_without_user_data_says_nothing_of_them_and_keeps_its_digest() -> None:
    spec = sample()
    configured = replace(spec, tiers=(replace(spec.tiers[0], user_data="#cloud-config\n"),))
    assert "user_data" not in to_json(spec)
    assert digest(spec) == "52cb9a63ee293c688e6b96bd061b5ca55a6c5ee504c3268a25c95c1d597a731f"
    assert from_json(to_json(configured)) == configured
    assert digest(configured) != digest(spec)


def test_a_bucket_that_nobody_else_reads_keeps_the_bytes_that_it_had_before_there_were_readers() -> None:
    spec = sample()
    assert "readers" not in to_json(spec)
    readers = (Reader("health", "follow-up"),)
    shared = replace(spec, buckets=tuple(replace(each, readers=readers) for each in spec.buckets))
    assert from_json(to_json(shared)) == shared
    assert digest(shared) != digest(spec)


def test_a_stack_is_named_by_system_zone_and_provider_and_its_project_by_the_first_two() -> None:
    spec = sample()
    assert spec.name == "hall.internet.provider-a"
    assert spec.project_name == "hall/internet"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"system": 1}'])
def test_what_is_no_complete_spec_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        from_json(text)


def test_the_schema_names_every_field_that_must_be_given() -> None:
    required = json_schema()["required"]
    assert {"system", "zone", "cloud", "quota", "tiers", "public_addresses", "buckets"} <= set(required)
    assert "key_pair" not in required
