"""Whose request it is: address, scheme and request id, believed only from a proxy that the settings trust."""

import ipaddress
import re
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from okno.protocol.ids import new_id

REQUEST_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
V4_PREFIX = 24
V6_PREFIX = 64


@dataclass(frozen=True)
class Client:
    """`address` is one machine, `network` its /24 or /64: what throttles count by."""

    address: str
    network: str
    secure: bool
    request_id: str


def client_of(request: HttpRequest) -> Client:
    """Read from the socket, or from the last hop that a trusted proxy added; whatever the sender claims is dropped."""
    peer = request.META.get("REMOTE_ADDR") or "127.0.0.1"
    address, secure = _parsed(peer), request.is_secure()
    request_id = new_id()
    if _trusted(address):
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        address = _parsed(hops[-1].strip()) if hops[-1].strip() else address
        secure = secure or request.META.get("HTTP_X_FORWARDED_PROTO") == "https"
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else request_id
    prefix = V4_PREFIX if address.version == 4 else V6_PREFIX  # noqa: PLR2004 (IPv4)
    network = ipaddress.ip_network((int(address), prefix), strict=False)
    return Client(str(address), str(network), secure, request_id)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address; nonsense counts as one common address, so it cannot escape the throttles."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ipaddress.IPv4Address(0)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _trusted(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address in ipaddress.ip_network(network) for network in settings.OKNO.trusted_proxies)
