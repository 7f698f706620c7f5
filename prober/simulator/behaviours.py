"""The cast: named services and what they do, read from YAML; CAST is the shipped one (cast.yaml says the form)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from prober.events import LABELS
from prober.number import forbidden
from prober.outcome import Outcome
from prober.simulator.acts import (
    Act,
    Agent,
    Answer,
    Cast,
    EarlyPlay,
    HangUp,
    Known,
    Menu,
    Play,
    Queue,
    Respond,
    Ring,
    Service,
    Signal,
    Silence,
    Span,
)
from prober.simulator.directory import national
from prober.simulator.sounds import Prompt, ToneName, Tune, Voice
from prober.simulator.spot import CastError, Spot, read_yaml
from prober.simulator.tunes import SCORES

KEYS = tuple("0123456789*#")
Acts = tuple[Act, ...]


def load_cast(path: Path) -> Cast:
    """The services of a cast file. Raises CastError with file, line and key, OSError if it cannot be read."""
    top = read_yaml(path).keys(needs=("services",), may=("voices",))
    voices = {name: _voice(spot) for name, spot in top["voices"].entries().items()} if "voices" in top else {}
    services: list[Service] = []
    for spot in top["services"].items():
        service = _service(spot, voices)
        for other in services:
            if other.id == service.id or national(other.number) == national(service.number):
                raise spot.error(f"{service.id} ({service.number}) has the id or number of {other.id}")
        services.append(service)
    return tuple(services)


def _voice(spot: Spot) -> Voice:
    found = spot.keys(may=("name", "variant", "pitch", "range", "words_per_minute", "level_dbfs"))
    plain = Voice()
    return Voice(
        name=found["name"].one_of(("fr", "fr-be", "fr-ch")) if "name" in found else plain.name,
        variant=found["variant"].text() if "variant" in found else plain.variant,
        pitch=found["pitch"].whole(0, 99) if "pitch" in found else plain.pitch,
        range=found["range"].whole(0, 99) if "range" in found else plain.range,
        words_per_minute=found["words_per_minute"].whole(80, 400) if "words_per_minute" in found else 165,
        level_dbfs=found["level_dbfs"].number(-50, -6) if "level_dbfs" in found else plain.level_dbfs,
    )


def _service(spot: Spot, voices: dict[str, Voice]) -> Service:
    found = spot.keys(needs=("id", "name", "number", "behaviour", "acts"), may=("voice", "second", "catalogue"))
    number = found["number"].text()
    if why := forbidden(number):
        raise found["number"].error(why)
    voice = voices[found["voice"].one_of(voices)] if "voice" in found else Voice()
    reader = _ActReader(found["id"].text(), voice)
    return Service(
        id=reader.service,
        name=found["name"].text(),
        number=number,
        behaviour=found["behaviour"].text(),
        acts=reader.acts(found["acts"]),
        second=reader.acts(found["second"]) if "second" in found else None,
        known=_known(found["catalogue"]) if "catalogue" in found else Known(),
    )


def _known(spot: Spot) -> Known:
    found = spot.keys(may=("keys", "refusal_key", "refusal_word", "has_menu"))
    if "refusal_key" in found and "refusal_word" in found:
        raise spot.error("a refusal is a key or a word, not both")
    keys = found["keys"].text() if "keys" in found else ""
    if set(keys) - set(KEYS):
        raise found["keys"].error(f"{keys!r} are no keys, expected 0-9 * #")
    return Known(
        keys=keys,
        refusal_key=found["refusal_key"].one_of(KEYS) if "refusal_key" in found else None,
        refusal_word=found["refusal_word"].text() if "refusal_word" in found else None,
        has_menu=found["has_menu"].yes() if "has_menu" in found else None,
    )


def _span(found: dict[str, Spot], name: str, otherwise: Span | None = None) -> Span | None:
    """A wait: one number or [low, high], with `least_s` beside it."""
    if name not in found or found[name].is_null:
        return otherwise
    spot = found[name]
    ends = [spot.number(0, 86400)] if spot.is_text else [item.number(0, 86400) for item in spot.items()]
    if len(ends) not in (1, 2) or ends[0] > ends[-1]:
        raise spot.error("expected one number or [low, high] in seconds")
    least_s = found["least_s"].number(0, 86400) if "least_s" in found else 0.0
    return Span(low_s=ends[0], high_s=ends[-1], least_s=least_s)


class _ActReader:
    """Reads the acts of one service; a prompt is known by service and label, or by its text when it comes again."""

    def __init__(self, service: str, voice: Voice) -> None:
        self.service, self._voice = service, voice
        self._prompts: dict[tuple[str, str], Prompt] = {}

    def acts(self, spot: Spot) -> Acts:
        """A list of acts."""
        return tuple(self._act(item) for item in spot.items())

    def _act(self, spot: Spot) -> Act:
        readers: dict[str, Callable[[Spot], Act]] = {
            "ring": self._ring,
            "early": lambda s: EarlyPlay(prompt=self._said(s)),
            "answer": self._answer,
            "play": lambda s: Play(prompt=self._said(s)),
            "tone": self._tone,
            "silence": self._silence,
            "menu": self._menu,
            "queue": self._queue,
            "agent": lambda s: Agent(greets_as=s.text()),
            "respond": self._respond,
            "hang_up": lambda s: HangUp(q850=s.keys(needs=("q850",))["q850"].whole(1, 127)),
        }
        alone: dict[str, Act] = {"ring": Ring(), "answer": Answer(), "silence": Silence(), "hang_up": HangUp()}
        if spot.is_text:
            return alone[spot.one_of(alone)]
        entries = spot.entries()
        if len(entries) != 1:
            raise spot.error("expected one act an item")
        ((name, inner),) = entries.items()
        if name not in readers:
            raise inner.error(f"no such act, expected one of {', '.join(readers)}")
        return readers[name](inner)

    def _prompt(self, label: str, text: str) -> Prompt:
        found = self._prompts.get((label, text))
        if found is None:
            turn = sum(known == label for known, _ in self._prompts) + 1
            name = label if turn == 1 else f"{label}-{turn}"
            found = Prompt(id=f"{self.service}/{name}", label=label, text=text, voice=self._voice)
            self._prompts[label, text] = found
        return found

    def _said(self, spot: Spot) -> Prompt:
        found = spot.keys(needs=("label", "text"))
        return self._prompt(found["label"].one_of(LABELS), found["text"].text())

    def _ring(self, spot: Spot) -> Ring:
        return Ring(for_s=_span(spot.keys(needs=("for_s",), may=("least_s",)), "for_s"))

    def _answer(self, spot: Spot) -> Answer:
        found = spot.keys(needs=("identity",), may=("other_body",))
        other = found["other_body"].yes() if "other_body" in found else False
        return Answer(identity=found["identity"].text(), other_body=other)

    def _tone(self, spot: Spot) -> Signal:
        if spot.is_text:
            return Signal(tone=ToneName(spot.one_of(ToneName)))
        found = spot.keys(needs=("name",), may=("for_s", "least_s"))
        return Signal(tone=ToneName(found["name"].one_of(ToneName)), for_s=_span(found, "for_s"))

    def _silence(self, spot: Spot) -> Silence:
        found = spot.keys(may=("for_s", "least_s", "phase"))
        phase = found["phase"].one_of(("silence",)) if "phase" in found else None
        return Silence(for_s=_span(found, "for_s"), phase=phase)

    def _menu(self, spot: Spot) -> Menu:
        found = spot.keys(needs=("text",), may=("choices", "spoken", "pause_s", "repeats", "otherwise"))
        prompt = self._prompt("menu", found["text"].text())
        choices: dict[str, Acts] = {}
        for key, branch in found["choices"].entries().items() if "choices" in found else ():
            if key not in KEYS:
                raise branch.error(f"{key!r} is no key, expected one of {' '.join(KEYS)}")
            choices[key] = self.acts(branch)
        repeats: int | None = 2
        if "repeats" in found:
            repeats = None if found["repeats"].is_null else found["repeats"].whole(0, 20)
        return Menu(
            prompt=prompt,
            choices=choices,
            spoken=self.acts(found["spoken"]) if "spoken" in found else None,
            pause_s=found["pause_s"].number(0.5, 60) if "pause_s" in found else 4.0,
            repeats=repeats,
            otherwise=self.acts(found["otherwise"]) if "otherwise" in found else (),
        )

    def _queue(self, spot: Spot) -> Queue:
        found = spot.keys(needs=("tune",), may=("announcements", "every_s", "wait_s", "least_s"))
        texts = [item.text() for item in found["announcements"].items()] if "announcements" in found else []
        every_s = Span(low_s=25.0, high_s=25.0, least_s=6.0)
        if "every_s" in found:
            every_s = _span({"every_s": found["every_s"]}, "every_s") or every_s
        return Queue(
            tune=Tune(name=found["tune"].one_of(SCORES)),
            announcements=tuple(self._prompt("wait", text) for text in texts),
            every_s=every_s,
            wait_s=_span(found, "wait_s"),
        )

    def _respond(self, spot: Spot) -> Respond:
        found = spot.keys(needs=("code", "phrase", "means"), may=("q850",))
        return Respond(
            code=found["code"].whole(300, 699),
            phrase=found["phrase"].text(),
            q850=found["q850"].whole(1, 127) if "q850" in found else None,
            means=Outcome(found["means"].one_of(Outcome)),
        )


CAST = load_cast(Path(__file__).with_name("cast.yaml"))

__all__ = ["CAST", "Cast", "CastError", "load_cast"]
