"""How an engine reaches its trunks: one transport a kind, one account a trunk. In the engine's process only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pjsua2 as pj

from prober.sip.bridge import Registration, Setup
from prober.sip.trunk import AUTHORITIES, Target, Trunk, safe_user

KINDS = {
    ("udp", False): pj.PJSIP_TRANSPORT_UDP,
    ("tcp", False): pj.PJSIP_TRANSPORT_TCP,
    ("tls", False): pj.PJSIP_TRANSPORT_TLS,
    ("udp", True): pj.PJSIP_TRANSPORT_UDP6,
    ("tcp", True): pj.PJSIP_TRANSPORT_TCP | pj.PJSIP_TRANSPORT_IPV6,
    ("tls", True): pj.PJSIP_TRANSPORT_TLS6,
}
"""Transport and whether over IPv6."""
NOT_TAKEN = frozenset({408, 503})
"""Answers, of the far end or of the library, after which the next address is asked (RFC 3263 §4.3)."""


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
    """A trunk's identity and its registration, whose state it tells once no address is left to ask."""

    def __init__(self, setup: Setup, trunk: Trunk, tell: Callable[[object], None]) -> None:
        super().__init__()
        self._setup, self._trunk, self._tell = setup, trunk, tell
        self._registrars = dict(setup.registrars)[trunk.name] if trunk.register else ()
        self._nth = self._refused = 0
        self._asks_next = False
        self.create(_account(setup, trunk, self.proxy))

    @property
    def proxy(self) -> Target | None:
        """Where every request of the trunk goes first: its edge, or where it registers; None: to whom it is for."""
        return self._trunk.edge or (self._registrars[self._nth] if self._registrars else None)

    def domain_of(self, target: Target) -> str:
        """What stands behind the @ of an address called over the trunk."""
        if target == self._trunk.edge:
            return self._trunk.address_of_record
        return (self.proxy if self.proxy and target in self._registrars else target).uri

    def onRegState(self, prm: Any) -> None:
        """Tell the parent, or ask the next address: not from here, the library still holds the registration."""
        with suppress(BaseException):
            active = self.getInfo().regIsActive
            self._refused = 0 if active else self._refused + 1
            self._asks_next = prm.code in NOT_TAKEN and len(self._registrars) > 1
            if not self._asks_next or self._refused >= len(self._registrars):
                self._asks_next, self._refused = False, 0
                self._tell(Registration(trunk=self._trunk.name, active=active, code=prm.code, reason=prm.reason))

    def tend(self) -> None:
        """Register at the next address, if this one could not be reached or takes nothing."""
        if self._asks_next:
            self._asks_next, self._nth = False, (self._nth + 1) % len(self._registrars)
            self.modify(_account(self._setup, self._trunk, self.proxy))


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


def _account(setup: Setup, trunk: Trunk, proxy: Target | None) -> Any:
    config = pj.AccountConfig()
    config.idUri = f"sip:{safe_user(trunk.username or trunk.caller_id)}@{own_domain(setup, trunk)}"
    if proxy:
        config.sipConfig.proxies.append(proxy.route)
    if trunk.register:
        config.regConfig.registrarUri = f"sip:{trunk.address_of_record}"
        config.regConfig.timeoutSec = int(trunk.register_expires_s)
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
