"""How an engine reaches its trunks: one transport a kind, one account a trunk. In the engine's process only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pjsua2 as pj

from prober.sip.bridge import Registration, Setup
from prober.sip.trunk import AUTHORITIES, Trunk, safe_user

KINDS = {
    ("udp", False): pj.PJSIP_TRANSPORT_UDP,
    ("tcp", False): pj.PJSIP_TRANSPORT_TCP,
    ("tls", False): pj.PJSIP_TRANSPORT_TLS,
    ("udp", True): pj.PJSIP_TRANSPORT_UDP6,
    ("tcp", True): pj.PJSIP_TRANSPORT_TCP | pj.PJSIP_TRANSPORT_IPV6,
    ("tls", True): pj.PJSIP_TRANSPORT_TLS6,
}
"""Transport and whether over IPv6."""


def open_transports(endpoint: Any, setup: Setup) -> int:
    """Open what the trunks need, always UDP; the number of that one."""
    kinds = {("udp", False)}
    for trunk in setup.trunks:
        if trunk.edge is None:
            kinds.add((trunk.transport, ":" in trunk.host))
    numbers = {kind: endpoint.transportCreate(KINDS[kind], _transport(setup, *kind)) for kind in sorted(kinds)}
    return int(numbers["udp", False])


def own_domain(setup: Setup, trunk: Trunk | None) -> str:
    """What stands behind the @ of our own address."""
    if trunk is None or not (trunk.domain or trunk.edge or trunk.needs):
        return setup.bind
    return trunk.address_of_record


class Account(pj.Account):  # type: ignore[misc]
    """A trunk's identity and its registration, whose state it tells."""

    def __init__(self, setup: Setup, trunk: Trunk, tell: Callable[[object], None]) -> None:
        super().__init__()
        self._trunk, self._tell = trunk.name, tell
        self.create(_account(setup, trunk))

    def onRegState(self, prm: Any) -> None:
        """Tell the parent."""
        with suppress(BaseException):
            active = self.getInfo().regIsActive
            self._tell(Registration(trunk=self._trunk, active=active, code=prm.code, reason=prm.reason))


def _transport(setup: Setup, transport: str, ipv6: bool) -> Any:
    config = pj.TransportConfig()
    config.boundAddress = "" if setup.bind == "0.0.0.0" or ipv6 else setup.bind
    config.port = setup.port if transport != "tls" else 0
    config.publicAddress = "" if ipv6 else setup.public_address
    if transport == "tls":
        trusted = next((t.ca_file for t in setup.trunks if t.transport == "tls" and t.ca_file), AUTHORITIES)
        config.tlsConfig.CaListFile, config.tlsConfig.verifyServer = trusted, True
        config.tlsConfig.proto = pj.PJ_SSL_SOCK_PROTO_TLS1_2 | pj.PJ_SSL_SOCK_PROTO_TLS1_3
    return config


def _account(setup: Setup, trunk: Trunk) -> Any:
    config = pj.AccountConfig()
    config.idUri = f"sip:{safe_user(trunk.username or trunk.caller_id)}@{own_domain(setup, trunk)}"
    if trunk.edge:
        config.sipConfig.proxies.append(f"sip:{trunk.edge.uri};lr")
    if trunk.register:
        config.regConfig.registrarUri = f"sip:{trunk.address_of_record}"
        config.regConfig.timeoutSec = int(trunk.register_expires_s)
        if not trunk.edge:
            config.sipConfig.proxies.append(f"sip:{dict(setup.registrars)[trunk.name].uri};lr")
    config.regConfig.registerOnAdd = trunk.register
    if trunk.username:
        config.sipConfig.authCreds.append(
            pj.AuthCredInfo("digest", trunk.realm, trunk.username, 0, trunk.password or "")
        )
    media = config.mediaConfig.transportConfig
    media.boundAddress = "" if setup.bind == "0.0.0.0" else setup.bind
    media.publicAddress = setup.public_address
    media.port, media.portRange = setup.rtp_port, setup.rtp_range
    if not trunk.edge:
        if trunk.srtp:
            config.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
            config.mediaConfig.srtpSecureSignaling = int(trunk.transport == "tls")
        if ":" in trunk.host:
            config.sipConfig.ipv6Use = config.mediaConfig.ipv6Use = pj.PJSUA_IPV6_ENABLED_USE_IPV6_ONLY
            media.boundAddress = media.publicAddress = ""
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
    config.callConfig.timerSessExpiresSec = setup.session_expires_s
    return config
