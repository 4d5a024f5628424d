from stacks.provider.key import description_of, is_key, key_in, key_of, labels_in

LABELS = {"system": "sys01", "unit": "民政局", "zone": "internet", "request_number": "云批〔2026〕12号"}


def test_a_key_depends_on_stack_name_and_what_cannot_change_and_on_nothing_else() -> None:
    key = key_of("govcloud/sys01", "subnet", {"cidr": "10.0.0.0/24", "network_id": "n"})
    assert is_key(key)
    assert key == key_of("govcloud/sys01", "subnet", {"network_id": "n", "cidr": "10.0.0.0/24"})
    others = {
        key_of("govcloud/sys02", "subnet", {"cidr": "10.0.0.0/24", "network_id": "n"}),
        key_of("govcloud/sys01", "network", {"cidr": "10.0.0.0/24", "network_id": "n"}),
        key_of("govcloud/sys01", "subnet", {"cidr": "10.0.1.0/24", "network_id": "n"}),
    }
    assert key not in others
    assert len(others) == 3


def test_a_description_starts_with_the_key_and_stays_within_what_neutron_takes() -> None:
    key = key_of("s", "n", {})
    text = description_of(key, LABELS)
    assert text == f"{key} sys01 民政局 internet 云批〔2026〕12号"
    assert key_in(text) == key
    assert len(description_of(key, {"system": "x" * 400})) == 255


def test_a_text_by_hand_has_no_key() -> None:
    assert key_in("gc-short") == key_in("made by hand") == key_in(None) == ""


def test_labels_are_the_same_only_when_the_description_says_exactly_them() -> None:
    key = key_of("s", "n", {})
    assert labels_in(description_of(key, LABELS), key, LABELS) == LABELS
    assert labels_in("by hand", key, LABELS) == {"description": "by hand"}
