from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """
    Who sent the request: the peer, or with TRUSTED_PROXIES so many steps back in X-Forwarded-For, whose end
    our proxies wrote; what stands before it, anybody may have. An IPv6 host has a /64 of addresses: one here.
    """
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted = hops[-settings.TRUSTED_PROXIES :] if settings.TRUSTED_PROXIES else []
    written = (
        trusted[0] if len(trusted) == settings.TRUSTED_PROXIES > 0 else request.META.get("REMOTE_ADDR", "")
    )
    try:
        address = ip_address(written)
    except ValueError:
        return "unknown"  # a proxy that writes no addresses, or a Unix socket
    return str(IPv6Address(int(address) >> 64 << 64)) if isinstance(address, IPv6Address) else str(address)
