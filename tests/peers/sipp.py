"""SIPp as the called side: a scenario is a list of steps, and its exit code says whether every step was seen."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PCMA = ("8 101", ("a=rtpmap:101 telephone-event/8000",))
PCMU = ("0 101", ("a=rtpmap:101 telephone-event/8000",))
KEPT = (("Via", ".*"), ("CSeq", ".*"), ("From", ".*"), ("To", ".*"), ("Contact", "sip:[^>;]*"))
"""What later messages take over from the INVITE, as variables 1 to 5."""
Offer = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Recv:
    """Wait for a request of ours, or for our response (an integer)."""

    what: str | int


@dataclass(frozen=True, slots=True)
class Send:
    """A response to the INVITE (or to the last request when `last`), once or several times alike."""

    code: int
    phrase: str = "X"
    sdp: Offer | None = None
    headers: tuple[str, ...] = ()
    tag: str = "a"
    method: str = "INVITE"
    times: int = 1


@dataclass(frozen=True, slots=True)
class Ask:
    """A request of the called side within the dialog."""

    method: str
    sdp: Offer | None = None
    headers: tuple[str, ...] = ()
    tag: str = "a"
    cseq: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds."""

    seconds: float


Step = Recv | Send | Ask | Pause


def scenario(steps: Sequence[Step]) -> str:
    """The steps as SIPp's XML. The INVITE's headers are kept, so that a later response still answers it."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<scenario name="called">']
    for step in steps:
        match step:
            case Recv(what="INVITE"):
                saved = "".join(
                    f'<ereg regexp="{part}" search_in="hdr" header="{name}:" assign_to="{n}"/>'
                    for n, (name, part) in enumerate(KEPT, start=1)
                )
                lines.append(f'<recv request="INVITE" crlf="true" rrs="true"><action>{saved}</action></recv>')
            case Recv(what=int(code)):
                lines.append(f'<recv response="{code}" timeout="8000"/>')
            case Recv(what=str(method)):
                lines.append(f'<recv request="{method}" timeout="30000"/>')
            case Pause(seconds=seconds):
                lines.append(f'<pause milliseconds="{int(1000 * seconds)}"/>')
            case Send():
                lines.extend([f"<send><![CDATA[{_response(step)}]]></send>"] * step.times)
            case Ask():
                lines.append(f"<send><![CDATA[{_request(step)}]]></send>")
    lines.append('<Reference variables="1,2,3,4,5"/>')
    return "\n".join([*lines, "</scenario>"])


def _body(sdp: Offer | None) -> list[str]:
    if sdp is None:
        return ["Content-Length: 0", "", ""]
    formats, more = sdp
    return [
        "Content-Type: application/sdp", "Content-Length: [len]", "",
        "v=0", "o=called 1 1 IN IP4 [local_ip]", "s=-", "c=IN IP4 [media_ip]", "t=0 0",
        f"m=audio [media_port] RTP/AVP {formats}", *more, "",
    ]  # fmt: skip


def _response(step: Send) -> str:
    if step.method == "INVITE":
        copied = ["Via:[$1]", "From:[$3]", f"To:[$4];tag={step.tag}", "[last_Call-ID:]", "CSeq:[$2]"]
    else:
        copied = ["[last_Via:]", "[last_From:]", "[last_To:]", "[last_Call-ID:]", "[last_CSeq:]"]
    lines = [f"SIP/2.0 {step.code} {step.phrase}", *copied, "Contact: <sip:called@[local_ip]:[local_port]>"]
    return "\n" + "\n".join([*lines, *step.headers, *_body(step.sdp)])


def _request(step: Ask) -> str:
    lines = [
        f"{step.method} [$5] SIP/2.0",
        "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]",
        "Max-Forwards: 70",
        f"From:[$4];tag={step.tag}",
        "To:[$3]",
        "[last_Call-ID:]",
        f"CSeq: {step.cseq} {step.method}",
        "Contact: <sip:called@[local_ip]:[local_port]>",
    ]
    return "\n" + "\n".join([*lines, *step.headers, *_body(step.sdp)])


@asynccontextmanager
async def called(steps: Sequence[Step], *, echo: bool = True) -> AsyncIterator[int]:
    """A SIPp that takes one call; its port. At the end its exit code must say that every step was seen."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="decroche-sipp-") as folder:
        file = Path(folder) / "scenario.xml"
        file.write_text(scenario(steps))
        process = await asyncio.create_subprocess_exec(
            "sipp", "-sf", str(file), "-i", "127.0.0.1", "-p", str(port), "-m", "1", "-nostdin", "-trace_err",
            "-recv_timeout", "30000", *(["-rtp_echo"] if echo else []), cwd=folder,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            await asyncio.sleep(0.5)
            yield port
            output, _ = await asyncio.wait_for(process.communicate(), 20)
            assert process.returncode == 0, _errors(Path(folder)) or output.decode(errors="replace")[-1500:]
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _errors(folder: Path) -> str:
    return "".join(p.read_text(errors="replace") for p in folder.glob("*_errors.log"))
