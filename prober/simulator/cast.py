"""The town's cast: invented public services of France, one for each thing that can happen to a caller.

Geographic numbers are from the ranges that Arcep keeps for fiction (01 99 00, 02 61 91, 03 53 01, 04 65 71, 05 36 49);
short and 08 numbers have the published form. None is an emergency number.
"""

from __future__ import annotations

from prober.outcome import Outcome
from prober.simulator.behaviours import (
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
from prober.simulator.sounds import Prompt, ToneName, Tune, Voice

WOMAN = Voice(variant="f2", pitch=55, words_per_minute=170, level_dbfs=-19.0)
MAN = Voice(variant="m3", pitch=42, words_per_minute=168, level_dbfs=-20.0)
ELDER = Voice(name="fr-be", variant="m7", pitch=38, words_per_minute=160, level_dbfs=-21.0)
CLEAR = Voice(name="fr-ch", variant="f4", pitch=60, words_per_minute=175, level_dbfs=-18.0)

BRIEF_RING = Ring(for_s=Span(low_s=2.0, high_s=6.0, least_s=0.4))
SHORT_WAIT = Span(low_s=60.0, high_s=140.0, least_s=5.0)
LONG_WAIT = Span(low_s=120.0, high_s=330.0, least_s=8.0)
WALTZ, BALLAD, BOSSA, ARPEGGIO = (Tune(name=name) for name in ("waltz", "ballad", "bossa", "arpeggio"))


def _prompt(service: str, label: str, text: str, voice: Voice) -> Prompt:
    return Prompt(id=f"{service}/{label}", label=label, text=text, voice=voice)


def _wait(service: str, text: str, voice: Voice, turn: int = 1) -> Prompt:
    return Prompt(id=f"{service}/wait-{turn}", label="wait", text=text, voice=voice)


CAF_QUEUE = Queue(
    tune=WALTZ,
    announcements=(
        _wait("caf-orne", "Tous nos conseillers sont en ligne, merci de patienter.", WOMAN),
        _wait("caf-orne", "Vous pouvez aussi consulter notre site internet.", WOMAN, 2),
    ),
    wait_s=LONG_WAIT,
)
CPAM_QUEUE = Queue(
    tune=BALLAD,
    announcements=(_wait("cpam-lys", "Un conseiller va vous répondre, ne quittez pas.", MAN),),
    wait_s=SHORT_WAIT,
)

CAST: Cast = (
    Service(
        id="mairie-vaux",
        name="Mairie de Vaux-sur-Loire",
        number="0261910001",
        behaviour="direct_agent",
        acts=(BRIEF_RING, Answer(), Agent(greets_as="mairie de Vaux-sur-Loire")),
    ),
    Service(
        id="mairie-brumes",
        name="Mairie de Brumes-la-Forêt",
        number="0353010002",
        behaviour="agent_after_ringing",
        acts=(
            Ring(for_s=Span(low_s=15.0, high_s=40.0, least_s=2.5)),
            Answer(),
            Agent(greets_as="mairie de Brumes-la-Forêt"),
        ),
    ),
    Service(
        id="caf-orne",
        name="CAF de l'Orne (simulée)",
        number="3099",
        behaviour="menu_queue_agent",
        known=Known(keys="2", has_menu=True),
        acts=(
            BRIEF_RING,
            Answer(),
            Play(prompt=_prompt("caf-orne", "welcome", "Bienvenue à la CAF de l'Orne.", WOMAN)),
            Menu(
                prompt=_prompt(
                    "caf-orne",
                    "menu",
                    "Pour connaître vos derniers paiements, tapez 1. Pour parler à un conseiller, tapez 2.",
                    WOMAN,
                ),
                choices={
                    "1": (
                        Play(
                            prompt=_prompt(
                                "caf-orne", "announcement", "Le prochain paiement aura lieu le cinq du mois.", WOMAN
                            )
                        ),
                    ),
                    "2": (CAF_QUEUE, Agent(greets_as="CAF de l'Orne")),
                },
            ),
            HangUp(),
        ),
    ),
    Service(
        id="cpam-lys",
        name="Assurance maladie du Val-de-Lys (simulée)",
        number="0809990004",
        behaviour="menu_refusal_key",
        known=Known(keys="3", refusal_key="0", has_menu=True),
        acts=(
            BRIEF_RING,
            Answer(),
            Play(
                prompt=_prompt(
                    "cpam-lys", "legal", "Assurance maladie du Val-de-Lys. Cet appel peut être enregistré.", MAN
                )
            ),
            Menu(
                prompt=_prompt(
                    "cpam-lys",
                    "menu",
                    "Pour une carte Vitale, tapez 1. Pour un arrêt de travail, tapez 2. Pour toute autre demande,"
                    " tapez 3. Pour joindre directement un conseiller, tapez 0.",
                    MAN,
                ),
                choices=dict.fromkeys(("0", "3"), (CPAM_QUEUE, Agent(greets_as="Assurance maladie"))),
            ),
            HangUp(),
        ),
    ),
    Service(
        id="prefecture-argens",
        name="Préfecture des Hauts-d'Argens",
        number="0465710005",
        behaviour="menu_silence_agent",
        known=Known(keys="4", has_menu=True),
        acts=(
            BRIEF_RING,
            Answer(),
            Menu(
                prompt=_prompt(
                    "prefecture-argens",
                    "menu",
                    "Préfecture des Hauts-d'Argens. Titres de séjour, tapez 1. Standard, tapez 4, ou restez en ligne.",
                    ELDER,
                ),
                choices={"4": (Queue(tune=ARPEGGIO, wait_s=SHORT_WAIT), Agent(greets_as="préfecture"))},
                repeats=1,
                otherwise=(Queue(tune=ARPEGGIO, wait_s=SHORT_WAIT), Agent(greets_as="préfecture")),
            ),
        ),
    ),
    Service(
        id="permis-ouest",
        name="Centre des permis de conduire de l'Ouest",
        number="0809990006",
        behaviour="menu_refusal_word",
        known=Known(keys="1", refusal_word="conseiller", has_menu=True),
        acts=(
            BRIEF_RING,
            Answer(),
            Menu(
                prompt=_prompt(
                    "permis-ouest",
                    "menu",
                    "Permis de conduire. Pour suivre un dossier, tapez 1. Sinon, dites en un mot ce que vous voulez.",
                    CLEAR,
                ),
                choices={"1": (Queue(tune=BOSSA, wait_s=SHORT_WAIT), Agent(greets_as="centre des permis"))},
                spoken=(Queue(tune=BOSSA, wait_s=SHORT_WAIT), Agent(greets_as="centre des permis")),
            ),
            HangUp(),
        ),
    ),
    Service(
        id="impots-fontbrune",
        name="Centre des impôts de Fontbrune",
        number="0809990007",
        behaviour="menu_loop",
        known=Known(has_menu=True),
        acts=(
            BRIEF_RING,
            Answer(),
            Play(prompt=_prompt("impots-fontbrune", "welcome", "Bienvenue au centre des impôts.", WOMAN)),
            Menu(
                prompt=_prompt(
                    "impots-fontbrune",
                    "menu",
                    "Pour les horaires, tapez 1. Pour l'adresse du site, tapez 2. Pour réécouter, tapez étoile.",
                    WOMAN,
                ),
                choices={
                    "1": (
                        Play(
                            prompt=_prompt(
                                "impots-fontbrune", "announcement", "Nos guichets ouvrent à neuf heures.", WOMAN
                            )
                        ),
                    )
                },
                pause_s=3.0,
                repeats=None,
            ),
        ),
    ),
    Service(
        id="urssaf-littoral",
        name="Urssaf du Littoral (simulée)",
        number="0809990008",
        behaviour="dissuasion",
        acts=(
            BRIEF_RING,
            Answer(),
            Play(
                prompt=_prompt(
                    "urssaf-littoral",
                    "dissuasion",
                    "En raison d'un grand nombre d'appels, nous ne pouvons pas vous répondre. Rappelez plus tard.",
                    CLEAR,
                )
            ),
            HangUp(),
        ),
    ),
    Service(
        id="emploi-sarthe",
        name="Agence de l'emploi Sarthe-Nord",
        number="3199",
        behaviour="endless_queue",
        acts=(
            BRIEF_RING,
            Answer(),
            Play(prompt=_prompt("emploi-sarthe", "welcome", "Agence de l'emploi, bonjour.", MAN)),
            Queue(
                tune=BOSSA,
                announcements=(
                    _wait("emploi-sarthe", "Nous vous remercions de votre patience.", MAN),
                    _wait("emploi-sarthe", "Votre appel est important, ne quittez pas.", MAN, 2),
                ),
            ),
        ),
    ),
    Service(
        id="tribunal-corvaine",
        name="Tribunal de proximité de Corvaine",
        number="0536490010",
        behaviour="closed",
        acts=(
            BRIEF_RING,
            Answer(),
            Play(
                prompt=_prompt(
                    "tribunal-corvaine",
                    "closed",
                    "Le greffe est actuellement fermé. Il est ouvert du lundi au vendredi de neuf heures à midi.",
                    ELDER,
                )
            ),
            HangUp(),
        ),
    ),
    Service(
        id="medico-scolaire",
        name="Centre médico-scolaire de Lanvaux",
        number="0261910011",
        behaviour="voicemail",
        acts=(
            Ring(for_s=Span(low_s=10.0, high_s=20.0, least_s=1.0)),
            Answer(),
            Play(
                prompt=_prompt(
                    "medico-scolaire",
                    "voicemail",
                    "Vous êtes sur le répondeur du centre médico-scolaire. Laissez un message après le bip.",
                    WOMAN,
                )
            ),
            Signal(tone=ToneName.BEEP),
            Silence(for_s=Span(low_s=25.0, high_s=25.0, least_s=25.0)),
            HangUp(),
        ),
    ),
    Service(
        id="departement-marais",
        name="Conseil départemental des Marais",
        number="0536490012",
        behaviour="busy",
        acts=(Respond(code=486, phrase="Busy Here", q850=17, means=Outcome.BUSY),),
    ),
    Service(
        id="cartes-grises",
        name="Guichet des cartes grises de Mirande",
        number="0809990013",
        behaviour="congestion",
        acts=(Respond(code=503, phrase="Service Unavailable", q850=34, means=Outcome.NETWORK_CONGESTION),),
        second=(BRIEF_RING, Answer(), Agent(greets_as="guichet des cartes grises")),
    ),
    Service(
        id="passeports-elme",
        name="Bureau des passeports de Saint-Elme",
        number="0199000014",
        behaviour="unallocated",
        acts=(Respond(code=404, phrase="Not Found", q850=1, means=Outcome.NUMBER_INVALID),),
    ),
    Service(
        id="etrangers-lys",
        name="Service des titres de séjour du Lys",
        number="0353010015",
        behaviour="refused",
        acts=(
            Ring(for_s=Span(low_s=3.0, high_s=8.0, least_s=0.5)),
            Respond(code=603, phrase="Decline", q850=21, means=Outcome.REJECTED),
        ),
    ),
    Service(
        id="mdph-vallees",
        name="MDPH des Trois-Vallées",
        number="0465710016",
        behaviour="announcement_before_answer",
        acts=(
            EarlyPlay(
                prompt=_prompt(
                    "mdph-vallees",
                    "announcement",
                    "Suite à une panne, nos lignes ne sont pas accessibles. Veuillez nous excuser.",
                    MAN,
                )
            ),
            Respond(code=480, phrase="Temporarily Unavailable", q850=16, means=Outcome.UNREACHABLE),
        ),
    ),
    Service(
        id="mairie-lannec",
        name="Mairie de Port-Lannec",
        number="0261910017",
        behaviour="ring_no_answer",
        acts=(Ring(),),
    ),
    Service(
        id="creche-tilleuls",
        name="Crèche municipale des Tilleuls",
        number="0199000018",
        behaviour="silence",
        acts=(BRIEF_RING, Answer(), Silence(phase="silence")),
    ),
    Service(
        id="etat-civil-morteplaine",
        name="État civil de Morteplaine",
        number="0353010019",
        behaviour="fax",
        acts=(
            BRIEF_RING,
            Answer(),
            Silence(for_s=Span(low_s=0.5, high_s=0.5, least_s=0.5)),
            Signal(tone=ToneName.CED),
            Signal(tone=ToneName.CNG, for_s=Span(low_s=30.0, high_s=30.0, least_s=30.0)),
            HangUp(),
        ),
    ),
    Service(
        id="logement-rives",
        name="Office du logement des Deux-Rives",
        number="0536490020",
        behaviour="immediate_hang_up",
        acts=(BRIEF_RING, Answer(), Silence(for_s=Span(low_s=0.7, high_s=0.7, least_s=0.7)), HangUp()),
    ),
    Service(
        id="sous-prefecture-haute",
        name="Sous-préfecture de Rive-Haute",
        number="0465710021",
        behaviour="ringback_inside",
        acts=(
            BRIEF_RING,
            Answer(),
            Signal(tone=ToneName.RINGBACK, for_s=Span(low_s=40.0, high_s=90.0, least_s=7.0)),
            Agent(greets_as="sous-préfecture"),
        ),
    ),
    Service(
        id="tresorerie-beauchamps",
        name="Trésorerie de Beauchamps",
        number="0199000022",
        behaviour="wrong_service",
        acts=(
            BRIEF_RING,
            Answer(identity="+33261910017", other_body=True),
            Agent(greets_as="mairie de Port-Lannec"),
        ),
    ),
    Service(
        id="retraite-centre",
        name="Caisse de retraite du Centre (simulée)",
        number="0809990023",
        behaviour="dropped_in_queue",
        acts=(
            BRIEF_RING,
            Answer(),
            Queue(
                tune=BALLAD,
                announcements=(_wait("retraite-centre", "Merci de patienter quelques instants.", CLEAR),),
                wait_s=Span(low_s=100.0, high_s=200.0, least_s=8.0),
            ),
            HangUp(),
        ),
    ),
    Service(
        id="aides-etudiants",
        name="Aides aux étudiants d'Hautmont",
        number="0809990024",
        behaviour="callback",
        acts=(
            BRIEF_RING,
            Answer(),
            Play(prompt=_prompt("aides-etudiants", "price", "Service gratuit, plus le prix d'un appel.", CLEAR)),
            Play(
                prompt=_prompt(
                    "aides-etudiants",
                    "callback",
                    "Tous nos conseillers sont occupés. Nous vous rappellerons à ce numéro dans la journée.",
                    CLEAR,
                )
            ),
            HangUp(),
        ),
    ),
    Service(
        id="reference",
        name="Numéro de référence",
        number="0199000000",
        behaviour="reference",
        acts=(
            Answer(),
            Play(
                prompt=_prompt("reference", "reference", "Ceci est un numéro de référence. La ligne fonctionne.", MAN)
            ),
            Silence(for_s=Span(low_s=20.0, high_s=20.0, least_s=20.0)),
            HangUp(),
        ),
    ),
)
