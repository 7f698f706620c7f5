"""What a recorded message says, from its words: which kind it is, and the wait or the place in the queue it announces.

French telephone phrases, as people or a recogniser write them down. Pure. A message may say several things; its label
is the one that changes most for the caller: a closed office before a menu, a menu before a welcome.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from text_to_num import alpha2digit

LIMIT_S = 4 * 3600.0
"""A longer announced wait is a number misread."""
PHANTOMS = re.compile(r"sous-?titr|amara\.org|regarde. cette video|abonne[rz]|soustitreur|merci d'avoir regarde")
"""What a recogniser trained on films invents where nothing is said."""
_RULES: tuple[tuple[str, str], ...] = (
    (
        "unassigned",
        r"n est (pas|plus) (attribue|en service)|numero .{0,40}(a change|n est plus|non attribue|n existe pas)"
        r"|correspondant .{0,20}n est pas joignable|pas en service actuellement",
    ),
    (
        "voicemail",
        r"(la|le|sur) (messagerie|repondeur)( vocale?)? d|messagerie vocale|repondeur|boite vocale"
        r"|laiss\w+( nous)? .{0,20}(message|coordonnees)|apres le (bip|signal|top)|(consulter|modifier) .{0,20}message",
    ),
    (
        "closed",
        r"\bferme[es]*\b(?! les yeux)|en dehors (des|de nos) (horaires|heures)|fermeture (exceptionnelle|annuelle)",
    ),
    (
        "callback",
        r"(etre|serez) rappele|demande de rappel|nous vous rappell?erons|vous rappeler (des|dans|a)|rappel automatique",
    ),
    (
        "dissuasion",
        r"rappel\w* (\w+ ){0,3}(plus tard|ulterieurement|dans (quelques|un)|un autre jour)"
        r"|renouvel\w+ (\w+ ){0,2}(votre )?appel"
        r"|(ne pouvons|pas en mesure|dans l impossibilite) .{0,40}(appel|repondre|demande)"
        r"|appel (ne peut aboutir|va etre interrompu)|file d attente est .{0,20}(complete|saturee)|encombrement"
        r"|lignes? (de votre correspondant )?sont (\w+ )?occupees|momentanement indisponibles?",
    ),
    (
        "voicebot",
        r"(assistant|agent|conseill|hotesse)\w* (virtuel|vocal|numerique)|intelligence artificielle"
        r"|robot (conversationnel|vocal)|(en|avec) (quelques|vos propres|vos) mots",
    ),
    (
        "menu",
        r"\b(tapez|tape|taper|appuyez|composez (le )?\d|faites le \d|dites)\b|touche (etoile|diese|\d)"
        r"|(saisi\w+|composer|entrez) .{0,30}(numero|code|choix)|votre saisie|aucun choix|reecouter ce menu",
    ),
    (
        "wait",
        r"patient(er|ez|e)\b|ne quittez pas|ne raccrochez pas|rest(er|ez) en ligne|temps d attente|duree d attente"
        r"|vous etes en attente|(position|place|rang) dans la file|en \d+\w* position|faire attendre"
        r"|(personne|appel)s? (en attente )?avant (vous|le votre)|va (vous repondre|prendre votre appel)"
        r"|allons prendre votre appel|mett\w+ en relation|instant s il vous plait|vous repondra"
        r"|conseillers? (sont|est) .{0,20}(en ligne|occupes?|en communication)|transfer(t|ons)",
    ),
    (
        "price",
        r"prix d un appel|(euros?|centimes?|cts?)( d euros?)? (par|la|de la|l) (minute|appel)"
        r"|(cout|tarif|prix) (de|du) (cet |cette |votre |l )?(appel|service|communication)|service (gratuit|facture)"
        r"|appel (est )?(facture|gratuit|non surtaxe)|\d (euros?|centimes?)",
    ),
    (
        "legal",
        r"enregistre(e|s|es|ment)?\b|protection des donnees|donnees personnelles|vous opposer|rgpd",
    ),
    ("welcome", r"bienvenue|a votre (ecoute|service)|vous etes (bien )?(a|au|en relation avec|chez)\b|bonjour"),
)
_UNIT_S = {"seconde": 1.0, "minute": 60.0, "heure": 3600.0}
_TIME = re.compile(r"(?:(\d+) (?:a|et|ou) )?\b(\d+) (seconde|minute|heure)s?\b(?: et (quart|demie))?")
_PARTS_S = (
    (re.compile(r"\b(?:3|trois) quarts d heure"), 2700.0),
    (re.compile(r"\bquart d heure"), 900.0),
    (re.compile(r"\bdemi[e]? heure"), 1800.0),
)
_RATE = re.compile(r"(euros?|centimes?|cts?)( d euros?)? (par|la|de la) minute")
_ONLY_TIME = re.compile(r"(?:(?:de|a|est|estime|environ|plus|moins|entre|et|ou|d|une?|\d+) )*(?:seconde|minute)s?")
_PLACE = (
    re.compile(r"\b(\d+)(?:er|ere|e|eme|nd|nde)? position\b"),
    re.compile(r"\b(?:position|place|rang)\b(?: \w+){0,5}? (?:est |numero |la |le )*(\d+)\b"),
    re.compile(r"vous etes (?:le|la|en|au) (\d+)(?:er|ere|e|eme|nd|nde)?\b"),
)
_AHEAD = re.compile(r"\b(\d+|aucune?|pas de|personne)(?: (?:personne|appel|correspondant|usager)s?)?(?: en attente)?"
                    r"(?: qui attend\w*)? (?:avant|devant) (?:vous|le votre)")  # fmt: skip
_NEXT = re.compile(r"vous etes le prochain|prochain appel (pris|traite)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a message is and announces."""

    label: str
    """One of `prober.events.LABELS`; empty when there are no words."""
    wait_s: float | None = None
    """Announced waiting time, seconds; of a range the longer one, of "more than" or "less than" the bound."""
    position: int | None = None
    """Announced place in the queue, 1 for who is next."""


def wording(text: str) -> Wording:
    """Read a message. Words that no rule knows are an `announcement`; no words, or invented ones, have no label."""
    if not re.search(r"[^\W\d_]", text) or PHANTOMS.search(_bare(text)):
        return Wording(label="")
    plain = _plain(text)
    label = next((label for label, rule in _RULES if re.search(rule, plain)), "announcement")
    position = _position(plain)
    if label in ("announcement", "welcome", "price") and (position is not None or _ONLY_TIME.fullmatch(plain)):
        label = "wait"
    waits = label == "wait" or "attente" in plain
    return Wording(label=label, wait_s=_wait_s(plain) if waits else None, position=position)


def _bare(text: str) -> str:
    """Lower case, without accents, apostrophes straight."""
    apart = unicodedata.normalize("NFD", text.lower().replace("’", "'").replace("œ", "oe"))
    return "".join(c for c in apart if not unicodedata.combining(c))


def _plain(text: str) -> str:
    """Words in lower case without accents or signs, numbers in digits."""
    spoken = re.sub(r"-(?=minute|heure|seconde|quart|demi)", " ", text.lower().replace("’", "'"))
    digits = alpha2digit(spoken, "fr", threshold=0)
    digits = re.sub(r"\b(premier|première)\b", "1er", digits)
    return " ".join(re.findall(r"\w+", _bare(digits)))


def _wait_s(plain: str) -> float | None:
    """The longest duration told, seconds."""
    told = _RATE.sub(" ", plain)
    told = re.sub(r"\bune? (?=(seconde|minute|heure)\b)", "1 ", told)
    found = [seconds for part, seconds in _PARTS_S if part.search(told)][:1]
    for _, amount, unit, more in _TIME.findall(told):
        extra = {"quart": 900.0, "demie": 1800.0}.get(more, 0.0) if unit == "heure" else 0.0
        found.append(int(amount) * _UNIT_S[unit] + extra)
    longest = max(found, default=None)
    return longest if longest is not None and 0 < longest <= LIMIT_S else None


def _position(plain: str) -> int | None:
    """The place in the queue that is told."""
    ahead = _AHEAD.search(plain)
    if ahead:
        return int(ahead[1]) + 1 if ahead[1].isdigit() else 1
    if _NEXT.search(plain):
        return 1
    place = next((m for rule in _PLACE if (m := rule.search(plain))), None)
    return int(place[1]) if place and 0 < int(place[1]) < 1000 else None
