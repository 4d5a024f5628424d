from typing import Any

from stacks.provider.ceph.account import Keys, Traffic, bucket_use_from, traffic_from, user_from
from stacks.provider.ceph.limits import Limit

# as Ceph 16.2.15 answers, shortened
USER: dict[str, Any] = {
    "tenant": "urban_mgmt",
    "user_id": "urban-v2-extranet",
    "display_name": "区教育局",
    "suspended": 1,
    "max_buckets": -1,
    "keys": [
        {"user": "urban_mgmt$urban-v2-extranet", "access_key": "A", "secret_key": "hidden"},
        {"user": "urban_mgmt$urban-v2-extranet:swift", "access_key": "B", "secret_key": "of a subuser"},
    ],
    "user_quota": {"enabled": True, "check_on_raw": False, "max_size": 40960, "max_size_kb": 40, "max_objects": -1},
}
BUCKET: dict[str, Any] = {
    "bucket": "docs",
    "owner": "urban_mgmt$urban-v2-extranet",
    "creation_time": "2026-11-24T01:32:21.161999Z",
    "usage": {
        "rgw.main": {"size": 8200, "size_actual": 16384, "num_objects": 2},
        "rgw.multimeta": {"size": 0, "size_actual": 0, "num_objects": 1},
    },
    "bucket_quota": {"enabled": True, "max_size": -1024, "max_size_kb": 0, "max_objects": -1},
}


def test_a_user_has_its_own_keys_only() -> None:
    user = user_from(USER)
    assert (user.uid, user.suspended, user.max_buckets) == ("urban_mgmt$urban-v2-extranet", True, 0)
    assert user.limit == Limit(40960)
    assert user.keys == (Keys("A", "hidden"),)


def test_a_secret_key_is_not_in_the_text_of_a_user() -> None:
    assert "hidden" not in repr(user_from(USER))


def test_a_user_outside_all_tenants_has_a_plain_uid() -> None:
    assert user_from({**USER, "tenant": "", "user_id": "broker", "keys": []}).uid == "broker"


def test_a_limit_that_is_switched_off_limits_nothing() -> None:
    quota = {**USER["user_quota"], "enabled": False}
    assert user_from({**USER, "user_quota": quota}).limit == Limit(None)


def test_unfinished_uploads_count_and_a_negative_limit_is_none() -> None:
    use = bucket_use_from(BUCKET)
    assert (use.object_count, use.size_bytes, use.counted_bytes) == (3, 8200, 16384)
    assert use.limit == Limit(None)


def test_a_bucket_never_written_to_holds_nothing() -> None:
    use = bucket_use_from({**BUCKET, "usage": {}})
    assert (use.object_count, use.size_bytes) == (0, 0)


def test_traffic_is_one_row_per_user_bucket_hour_and_category() -> None:
    category = {"category": "put_obj", "bytes_sent": 0, "bytes_received": 9, "ops": 3, "successful_ops": 2}
    bucket = {"bucket": "docs", "time": "2026-11-24T01:00:00.000000Z", "categories": [category]}
    rows = traffic_from({"entries": [{"user": "u$x", "buckets": [bucket]}]})
    assert rows == (Traffic("u$x", "docs", "2026-11-24T01:00:00.000000Z", "put_obj", 3, 2, 0, 9),)
