"""Command `dashboards export`: what an existing Grafana and Prometheus need, in one folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import click

FILES = Path(__file__).parent / "grafana" / "files"
REPORTS = "http://localhost:9464/reports"
PROMETHEUS = "http://localhost:9090"
METRICS = "localhost:9464"
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
def export(folder: Path, reports: str, prometheus: str, metrics: str) -> None:
    """Write dashboards, rules, provisioning and prometheus.yaml into FOLDER; files of these names are replaced."""
    from exporters.report.whole import write_whole

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in exported(folder.resolve(), reports=reports, prometheus=prometheus, metrics=metrics).items():
            click.echo(write_whole(folder / name, text))
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written: {error.strerror} (expected a folder)") from error


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
