"""Command `dashboards export`: what an existing Grafana and Prometheus need, in one folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import click

FILES = Path(__file__).parent / "grafana" / "files"
REPORTS = "http://localhost:9464/reports"
PROMETHEUS = "http://localhost:9090"
METRICS = "localhost:9464"
SUMS = "SHA256SUMS"
"""Beside the files, what was written: `sha256sum --check SHA256SUMS`."""
FOLDER = "/var/lib/grafana/dashboards/decroche"


def _address(context: click.Context, parameter: click.Parameter, text: str) -> str:
    """Click callback: an address of the web, without a slash at its end."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() or c in "'\"" for c in text):
        raise click.BadParameter(f"{text!r} is no address (expected one like {parameter.default})")
    return text.rstrip("/")


def _host(context: click.Context, parameter: click.Parameter, text: str) -> str:
    """Click callback: a host and a port."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or any(c.isspace() or c in "'\"/" for c in text):
        raise click.BadParameter(f"{text!r} is no host and port (expected one like {METRICS})")
    return text


@click.group()
def dashboards() -> None:
    """Dashboards and rules for Grafana and Prometheus."""


@dashboards.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--reports", default=REPORTS, show_default=True, callback=_address, help="Where the reports are read.")
@click.option("--prometheus", default=PROMETHEUS, show_default=True, callback=_address, help="As Grafana reaches it.")
@click.option(
    "--metrics", default=METRICS, show_default=True, callback=_host, help="decroche, as Prometheus reaches it."
)
@click.option("--replace", is_flag=True, help="Replace files of these names that were written or changed by others.")
def export(folder: Path, reports: str, prometheus: str, metrics: str, replace: bool) -> None:
    """Write dashboards, rules, provisioning and prometheus.yaml into FOLDER.

    What this command wrote there before is replaced, by the sums in SHA256SUMS; anything else is left alone.
    """
    from exporters.report.whole import write_whole

    try:
        files = exported(folder.resolve(), reports=reports, prometheus=prometheus, metrics=metrics)
        sums = {name: sha256(text.encode()).hexdigest() for name, text in files.items()}
        foreign = [] if replace else _foreign(folder, sums)
        if foreign:
            raise click.ClickException(
                f"{folder} holds files that others wrote or changed: {', '.join(foreign)} (expected another folder, or "
                "--replace); nothing is written"
            )
        for name, text in files.items():
            click.echo(write_whole(folder / name, text))
        write_whole(folder / SUMS, "".join(f"{digest}  {name}\n" for name, digest in sums.items()))
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written: {error.strerror} (expected a folder)") from error


def _foreign(folder: Path, sums: Mapping[str, str]) -> list[str]:
    """Names whose file is neither what was written last nor what would be written now."""
    kept = folder / SUMS
    lines = kept.read_text(encoding="utf-8", errors="replace").splitlines() if kept.is_file() else []
    before = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    return [
        name
        for name, digest in sums.items()
        if (folder / name).exists()
        and sha256((folder / name).read_bytes()).hexdigest() not in (digest, before.get(name))
    ]


def exported(folder: Path, *, reports: str, prometheus: str, metrics: str) -> Mapping[str, str]:
    """Name in the folder → text, with the addresses in it. `folder`: where Grafana will find it."""
    written = {}
    for file in sorted(FILES.rglob("*")):
        if file.is_file():
            name, text = str(file.relative_to(FILES)), file.read_text(encoding="utf-8")
            # As JSON strings, which are YAML strings too.
            text = text.replace(f'"{REPORTS}"', json.dumps(reports)) if name.endswith(".json") else text
            text = text.replace(PROMETHEUS, json.dumps(prometheus)) if "datasources" in name else text
            text = text.replace(FOLDER, json.dumps(str(folder / "dashboards"), ensure_ascii=False))
            written[name] = text.replace(METRICS, json.dumps(metrics)) if name == "prometheus.yaml" else text
    return written
