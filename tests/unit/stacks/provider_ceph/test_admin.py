import hashlib
import hmac
from urllib.parse import urlsplit

from stacks.provider.ceph.admin import query_of, signed
from stacks.provider.operation import ObjectStore

STORE = ObjectStore("http://127.0.0.1:7480/", "region-a", "ACCESS", "SECRET")
PARAMETERS: dict[str, str | int | None] = {"quota": None, "uid": "unit_a$bus-extranet", "max-size-kb": 40}


def test_a_parameter_without_value_has_no_equals_sign_and_reserved_characters_are_escaped() -> None:
    assert query_of(PARAMETERS) == "quota&uid=unit_a%24bus-extranet&max-size-kb=40"


def test_chinese_is_escaped_as_utf_8() -> None:
    assert query_of({"display-name": "教 育/局"}) == "display-name=%E6%95%99%20%E8%82%B2%2F%E5%B1%80"


def test_the_request_goes_to_the_admin_path_once() -> None:
    request = signed(STORE, "PUT", "user", PARAMETERS)
    assert request.url == "http://127.0.0.1:7480/admin/user?quota&uid=unit_a%24bus-extranet&max-size-kb=40"
    assert request.method == "PUT"


def test_the_secret_is_in_no_header() -> None:
    request = signed(STORE, "GET", "user", PARAMETERS)
    assert "SECRET" not in f"{request.url} {request.headers}"


def _sign(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def test_the_signature_is_that_of_the_published_scheme() -> None:
    # AWS General Reference, "Create a signed AWS API request": written out here, independent of botocore
    request = signed(STORE, "PUT", "user", PARAMETERS)
    headers = {name.lower(): value for name, value in request.headers.items()}
    moment, payload = headers["x-amz-date"], headers["x-amz-content-sha256"]
    assert payload == hashlib.sha256(b"").hexdigest()
    canonical = "\n".join(
        [
            "PUT",
            "/admin/user",
            "max-size-kb=40&quota=&uid=unit_a%24bus-extranet",
            f"host:{urlsplit(str(request.url)).netloc}",
            f"x-amz-content-sha256:{payload}",
            f"x-amz-date:{moment}",
            "",
            "host;x-amz-content-sha256;x-amz-date",
            payload,
        ]
    )
    scope = f"{moment[:8]}/region-a/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = b"AWS4SECRET"
    for part in scope.split("/"):
        key = _sign(key, part)
    expected = _sign(key, f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}").hex()
    assert headers["authorization"].endswith(f"Signature={expected}")
