"""Trunks: the carriers' doors, and the caller ids that French law lets an automated call show."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from config.section import Section
from config.units import Count, Dialled, Flag, Host, Location, Name, PerSecond, Port, Seconds, Secret, Text

# Numbers that an automated call may show since 1 January 2023 (ARCEP decision 2022-1583): verified ranges, overseas
# 09475-09479, special numbers except 089, and the short numbers 30xx and 31xx.
_LEGAL_CALLER_ID = re.compile(
    r"0(162|163|270|271|377|378|424|425|568|569|948|949)\d{6}|0947[5-9]\d{5}|08[0-8]\d{7}|3[01]\d{2}"
)
_LEGAL = (
    "0162, 0163, 0270, 0271, 0377, 0378, 0424, 0425, 0568, 0569, 0948, 0949, 09475 to 09479, 080 to 088, 30xx or 31xx"
)
_MOBILE = re.compile(r"0[67]\d{8}")


LAST_EDGE_PORT = 65_533


def is_loopback(host: str) -> bool:
    """True for 127.0.0.0/8 and `localhost`: nobody outside is called there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def national_form(number: str) -> str:
    """+33140000000, 0033140000000 and 0140000000 are one number: the last form. Overseas codes likewise."""
    return re.sub(r"^(?:\+|00)(?:33|262|508|590|594|596)(?=\d{9}$)", "0", number)


def _an_address(text: str) -> str:
    if ":" in text:
        ipaddress.IPv6Address(text)
    return text


def _on_this_machine(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not ipaddress.IPv4Address(host).is_loopback:
        raise ValueError(f"{host} is another machine, and what is said to an edge is not encrypted")
    if not 1 <= int(port) <= LAST_EDGE_PORT:
        raise ValueError(f"{port} is no port of an edge, which takes the two after it as well")
    return text


class Trunk(Section):
    """One carrier, by registration (username, password) or by address (IP trunk)."""

    name: Name
    host: Annotated[
        str,
        Field(
            pattern=r"^([A-Za-z0-9][A-Za-z0-9.-]*|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$",
            description="a host name, an IPv4 or an IPv6 address",
        ),
        AfterValidator(_an_address),
    ]
    port: Port | None = None
    """None: found by SRV (RFC 3263), else 5060."""
    transport: Annotated[Literal["udp", "tcp", "tls"], Field(description="udp, tcp or tls")] = "udp"
    srtp: Flag = False
    """Sound encrypted with keys of SDES (RFC 4568), or no call."""
    edge: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9.]+:[0-9]{1,5}$",
            description="address and port of `decroche edge` on this machine, such as 127.0.0.1:5071",
        ),
        AfterValidator(lambda text: text if text is None else _on_this_machine(text)),
    ] = None
    """It speaks transport, SRTP and IPv6 to the carrier; None: the prober itself does."""
    ca_file: Location | None = None
    """Certificates of the authorities that a TLS carrier is trusted by; None: those of the system."""
    username: Text | None = None
    password: Secret | None = None
    register_: Annotated[Flag, Field(alias="register")] = False
    register_expires_s: Seconds = 300.0
    realm: Text | None = None
    """None: whatever realm the carrier names in its challenge."""
    domain: Host | None = None
    """Domain of From and of the called address; None: the host."""
    caller_ids: Annotated[tuple[Dialled, ...], Field(description="a list of numbers that call you back")] = ()
    """Drawn at random per attempt and stored with it."""
    asserted_identity: Dialled | None = None
    """User part of P-Asserted-Identity (RFC 3325); None: the header is not sent."""
    calls_per_second: PerSecond = 1.0
    max_calls: Count = 4
    dial_form: Annotated[
        Literal["as_written", "national", "e164", "e164_without_plus"],
        Field(description="as_written, national (01…), e164 (+331…) or e164_without_plus (331…)"),
    ] = "national"
    """Short numbers are always dialled as written."""
    reference_number: Dialled | None = None
    """A number of one's own that answers: called before anybody is blamed."""

    @property
    def loopback(self) -> bool:
        """True when the carrier is on this machine: nobody outside is called."""
        return is_loopback(self.host)

    @property
    def leaves_by_loopback(self) -> bool:
        """True when the prober's own packets stay on this machine."""
        return self.loopback or self.edge is not None

    @field_validator("caller_ids")
    @classmethod
    def _legal(cls, numbers: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if is_loopback(info.data.get("host", "")):
            return numbers
        for number in numbers:
            national = national_form(number)
            if _MOBILE.fullmatch(national):
                raise ValueError(
                    f"{number} is a mobile number, which an automated call may not show (expected {_LEGAL})"
                )
            if not _LEGAL_CALLER_ID.fullmatch(national):
                raise ValueError(f"{number} may not be shown by an automated call (expected {_LEGAL})")
        return numbers

    @field_validator("register_")
    @classmethod
    def _who_registers(cls, wanted: bool, info: ValidationInfo) -> bool:
        if wanted and not (info.data.get("username") and info.data.get("password")):
            raise ValueError("registration needs username and password on this trunk")
        return wanted
