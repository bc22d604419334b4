"""Who we are to YooKassa, and whether a notice comes from it: it signs nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network

NETWORKS = (
    "77.75.153.0/25",
    "77.75.154.128/25",
    "77.75.156.11/32",
    "77.75.156.35/32",
    "185.71.76.0/27",
    "185.71.77.0/27",
    "2a02:5180:0:1509::/64",
    "2a02:5180:0:1533::/64",
    "2a02:5180:0:2655::/64",
    "2a02:5180:0:2669::/64",
)
"""As the official SDK 3.13.0 lists them."""


def basic(shop_id: str, secret_key: str) -> str:
    """Value of the header Authorization."""
    return "Basic " + b64encode(f"{shop_id}:{secret_key}".encode()).decode()


def comes_from(peer: str, networks: Iterable[str]) -> bool:
    """Whether an address lies in one of the networks; what is no address does not."""
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in ip_network(network) for network in networks)
