from typing import Any

import pytest
from django.test import RequestFactory

from atlas.addresses import client_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "peer", "address"),
    [
        (0, "203.0.113.7", "192.0.2.1", "192.0.2.1"),
        (1, "198.51.100.1, 203.0.113.7", "192.0.2.1", "203.0.113.7"),
        (2, "198.51.100.1, 203.0.113.7, 192.0.2.9", "192.0.2.1", "203.0.113.7"),
        (2, "203.0.113.7", "192.0.2.1", "192.0.2.1"),
        (1, "", "192.0.2.1", "192.0.2.1"),
        (1, "<script>", "192.0.2.1", "unknown"),
        (0, "", "", "unknown"),
        (0, "", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
    ],
)
def test_the_address_is_that_which_our_own_proxies_saw(
    settings: Any, proxies: int, forwarded: str, peer: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded, REMOTE_ADDR=peer)

    assert client_address(request) == address
