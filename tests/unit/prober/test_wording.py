"""Words of a recorded message give its label, and the wait or the place in the queue that it announces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.events import LABELS
from prober.wording import wording

KINDS = {
    "Bonjour et bienvenue à la Caisse d'allocations familiales.": "welcome",
    "Vous êtes bien au centre des finances publiques.": "welcome",
    "Afin d'améliorer la qualité de nos services, votre appel est susceptible d'être enregistré.": "legal",
    "Bonjour, l'Assurance Maladie à votre écoute. Service gratuit plus prix d'un appel.": "price",
    "Le coût de cet appel est de zéro virgule zéro six euro par minute.": "price",
    "Pour une question sur vos droits, tapez 1. Pour toute autre demande, tapez 3.": "menu",
    "Pour connaître les horaires d'ouverture de nos accueils, tapez 5.": "menu",
    "Veuillez saisir votre numéro d'allocataire suivi de la touche dièse.": "menu",
    "Bonjour, je suis l'assistant virtuel de votre caisse. Dites-moi ce qui vous amène.": "voicebot",
    "Dites en quelques mots la raison de votre appel.": "voicebot",
    "Tous nos conseillers sont actuellement en ligne. Veuillez patienter.": "wait",
    "Nous vous mettons en relation avec un conseiller.": "wait",
    "Suite à un incident technique, nos services sont momentanément indisponibles. Veuillez rappeler plus tard.": (
        "dissuasion"
    ),
    "L'attente étant trop importante, votre appel va être interrompu. Au revoir.": "dissuasion",
    "Nous ne sommes pas en mesure de prendre votre appel.": "dissuasion",
    "Bonjour. Nos bureaux sont fermés. Pour connaître nos horaires, tapez 1.": "closed",
    "Vous appelez en dehors des horaires d'ouverture.": "closed",
    "Le numéro que vous avez demandé n’est pas attribué. Veuillez consulter l'annuaire.": "unassigned",
    "Vous êtes bien sur le répondeur de la mairie. Laissez un message, nous vous rappellerons.": "voicemail",
    "Si vous souhaitez être rappelé par un conseiller, tapez 1.": "callback",
    "Retrouvez toutes nos informations sur service-public.fr.": "announcement",
    "Vous pouvez aussi nous écrire depuis votre espace personnel, rubrique messagerie.": "announcement",
}
WAITS = {
    "Votre temps d'attente est estimé à plus de dix minutes.": 600,
    "Le temps d'attente est de 5 minutes environ.": 300,
    "Temps d'attente estimé : entre cinq et dix minutes.": 600,
    "Plus de quinze minutes.": 900,
    "Veuillez patienter, un conseiller vous répondra dans moins d'une minute.": 60,
    "L'attente est de quatre-vingt-dix secondes, ne quittez pas.": 90,
    "L'attente est d'une demi-heure.": 1800,
    "Le temps d'attente est de trois quarts d'heure.": 2700,
    "Le temps d'attente est d'une heure et quart.": 4500,
    "Pour être rappelé, tapez 1. Sinon, l'attente est de vingt minutes.": 1200,
    "Ne quittez pas. Cet appel coûte 6 centimes par minute.": None,
    "Veuillez patienter quelques instants.": None,
    "Nous vous rappellerons sous quarante-huit heures.": None,
    "Le temps d'attente est de 900 heures.": None,
}
PLACES = {
    "Vous êtes en troisième position.": 3,
    "Vous êtes en première position dans la file.": 1,
    "Vous êtes la vingt et unième personne en attente.": 21,
    "Votre position dans la file d'attente est la 12.": 12,
    "Il y a trois personnes avant vous.": 4,
    "Il y a 1 appel avant le vôtre.": 2,
    "Il n'y a personne avant vous.": 1,
    "Vous êtes le prochain, ne quittez pas.": 1,
    "Tapez 4 pour prendre rendez-vous.": None,
}


@pytest.mark.parametrize("text", KINDS)
def test_message_is_of_its_kind(text: str) -> None:
    assert wording(text).label == KINDS[text]


@pytest.mark.parametrize("text", WAITS)
def test_announced_wait_is_a_number(text: str) -> None:
    assert wording(text).wait_s == WAITS[text]


@pytest.mark.parametrize("text", PLACES)
def test_announced_place_is_a_number(text: str) -> None:
    said = wording(text)
    assert said.position == PLACES[text]
    assert said.position is None or said.label == "wait"


@pytest.mark.parametrize("text", ["", "…", "12", "Sous-titrage ST' 501", "Sous-titres réalisés par Amara.org"])
def test_no_words_and_invented_ones_have_no_label(text: str) -> None:
    assert wording(text).label == ""


@given(st.integers(1, 240))
def test_every_number_of_minutes_is_read(minutes: int) -> None:
    said = wording(f"Votre temps d'attente est estimé à {minutes} minutes.")
    assert (said.label, said.wait_s) == ("wait", 60 * minutes)


@given(st.text(max_size=200))
def test_any_text_has_a_known_label_or_none(text: str) -> None:
    said = wording(text)
    assert said.label in {*LABELS, ""}
    assert said.wait_s is None or 0 < said.wait_s <= 4 * 3600
    assert said.position is None or said.position >= 1
