"""The people who answer: each call draws another voice, sentence, level and room. Seeded, pure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from prober.simulator.sounds import Room, Voice, Words

FIRST_NAMES = (
    "Amina", "Baptiste", "Camille", "Didier", "Élodie", "Farid", "Gaëlle", "Hugo", "Inès", "Julien", "Karine",
    "Laurent", "Maëva", "Nicolas", "Odile", "Pascal", "Quentin", "Rachida", "Sandrine", "Thomas", "Valérie",
    "William", "Yasmine", "Zoé",
)  # fmt: skip
GREETINGS = (
    "{service}, bonjour, {name} à votre écoute.",
    "Oui bonjour, {service}, {name} à l'appareil, que puis-je faire pour vous ?",
    "Bonjour, vous êtes bien à la {service}, je suis {name}, je vous écoute.",
    "Allô, {service}, bonjour, {name} au téléphone.",
    "{service}, {name}, bonjour. C'est à quel sujet ?",
    "Bonjour et merci d'avoir patienté, {name} pour vous servir, {service}.",
    "Oui, {service}, bonjour. Je vous écoute, allez-y.",
    "Bonjour, ici {name}, {service}. Quel est votre nom, s'il vous plaît ?",
)
REACTIONS = (
    "Ah d'accord, pas de souci, {wish}.",
    "Très bien, merci de me prévenir. {Wish}.",
    "Oh, d'accord, c'est noté. Au revoir, {wish}.",
    "Ah bon ? Bien, c'est compris, {wish}.",
    "Euh, oui, entendu. {Wish} alors.",
    "D'accord, une mesure, très bien. {Wish}.",
)
WISHES = ("bonne journée", "bonne continuation", "bonne fin de journée", "je vous souhaite une bonne journée")
WONDERS = ("Allô ?", "Allô ? Vous m'entendez ?", "Il y a quelqu'un ?", "Allô ? Je ne vous entends pas.")
LEAVES = (
    "Je ne vous entends pas, je vais raccrocher. Au revoir.",
    "Bon, il n'y a personne. Rappelez-nous, au revoir.",
    "Je suis désolé, je n'entends rien, je raccroche.",
)
VARIANTS = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5")
VOICES = ("fr", "fr", "fr-be", "fr-ch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What one agent will say in one call, and when, in seconds."""

    room: Room
    pick_up_s: float
    """From the agent's turn to the first sound of the greeting."""
    greeting: Words
    reaction: Words
    reaction_after_s: float
    """From the end of the caller's words."""
    wonders: tuple[Words, ...]
    wonder_after_s: float
    leave: Words

    def words(self) -> tuple[Words, ...]:
        """Everything that may be said."""
        return (self.greeting, self.reaction, *self.wonders, self.leave)


def draw_lines(greets_as: str, rng: Random) -> Lines:
    """The agent of one call."""
    room = Room(seed=rng.getrandbits(31), level_dbfs=rng.uniform(-64.0, -48.0), colour=rng.uniform(0.0, 0.7))
    voice = Voice(
        name=rng.choice(VOICES),
        variant=rng.choice(VARIANTS),
        pitch=rng.randint(25, 75),
        range=rng.randint(35, 75),
        words_per_minute=rng.randint(145, 195),
        level_dbfs=rng.uniform(-27.0, -16.0),
    )
    wish = rng.choice(WISHES)

    def says(text: str) -> Words:
        return Words(text=text, voice=voice, room=room)

    return Lines(
        room=room,
        pick_up_s=rng.uniform(0.2, 0.9),
        greeting=says(rng.choice(GREETINGS).format(service=greets_as, name=rng.choice(FIRST_NAMES))),
        reaction=says(rng.choice(REACTIONS).format(wish=wish, Wish=wish.capitalize())),
        reaction_after_s=rng.uniform(0.3, 1.2),
        wonders=tuple(says(text) for text in rng.sample(WONDERS, 2)),
        wonder_after_s=rng.uniform(3.5, 5.0),
        leave=says(rng.choice(LEAVES)),
    )
