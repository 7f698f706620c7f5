"""Every behaviour of the cast under a scripted caller: its truth follows from what was done, by whom, and when."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import inf

import pytest

from prober.events import Party
from prober.outcome import Outcome
from prober.simulator.acts import Agent, acts_within
from prober.simulator.behaviours import CAST
from prober.simulator.exchange import (
    Acked,
    CallerLeft,
    CallerPauses,
    CallerSpeaks,
    Digit,
    Output,
    SendBye,
    SendResponse,
    StartSound,
    Stimulus,
)
from prober.simulator.performer import Performer
from prober.simulator.sounds import Prompt, Room, Tune, Words, estimate

BY_ID = {service.id: service for service in CAST}
Script = Sequence[tuple[float, Stimulus]]


def perform(
    service: str, script: Script = (), *, leaves_s: float = 100.0, scale: float = 0.1, seed: str = "a", trunk: int = 0
) -> tuple[Performer, list[tuple[float, Output]]]:
    """The call on a jumping clock: the caller acknowledges an answer, does what the script says, and then leaves."""
    performer = Performer(BY_ID[service], seed=seed, scale=scale, measure=estimate, trunk=trunk)
    outputs = [(0.0, output) for output in performer.start()]
    todo = sorted([*script, (leaves_s, CallerLeft())], key=lambda step: step[0])
    acked = False
    while not performer.over:
        answers = [at for at, o in outputs if isinstance(o, SendResponse) and o.code == 200]
        if answers and not acked:
            acked = True
            outputs += [(answers[0], o) for o in performer.receive(Acked(), answers[0])]
        elif performer.deadline_s() <= todo[0][0]:
            at_s = performer.deadline_s()
            outputs += [(at_s, o) for o in performer.deadline_passed(at_s)]
        else:
            at_s, stimulus = todo.pop(0)
            outputs += [(at_s, o) for o in performer.receive(stimulus, at_s)]
    return performer, outputs


def words(at_s: float, for_s: float = 4.5) -> Script:
    return [(at_s, CallerSpeaks()), (at_s + for_s, CallerPauses(spoke_s=for_s))]


def keys(at_s: float, digits: str) -> Script:
    return [(at_s + 0.2 * n, Digit(digit=digit)) for n, digit in enumerate(digits)]


CASES = [
    ("mairie-vaux", words(8), 20, Outcome.HUMAN, Party.CALLER),
    ("mairie-vaux", (), 100, Outcome.HUMAN, Party.CALLED),
    ("mairie-vaux", (), 0.2, Outcome.NO_ANSWER, Party.CALLER),
    ("mairie-brumes", (), 1.0, Outcome.NO_ANSWER, Party.CALLER),
    ("mairie-brumes", (), 100, Outcome.HUMAN, Party.CALLED),
    ("caf-orne", keys(8, "2"), 100, Outcome.HUMAN, Party.CALLED),
    ("caf-orne", keys(8, "2"), 14, Outcome.QUEUE_TIMEOUT, Party.CALLER),
    ("caf-orne", (), 100, Outcome.IVR_ONLY, Party.CALLED),
    ("caf-orne", keys(8, "1"), 13, Outcome.IVR_ONLY, Party.CALLER),
    ("cpam-lys", keys(6, "3"), 100, Outcome.HUMAN, Party.CALLED),
    ("cpam-lys", keys(6, "0"), 100, Outcome.HUMAN, Party.CALLED),
    ("cpam-lys", keys(6, "9"), 100, Outcome.IVR_ONLY, Party.CALLED),
    ("prefecture-argens", (), 100, Outcome.HUMAN, Party.CALLED),
    ("prefecture-argens", keys(5, "4"), 100, Outcome.HUMAN, Party.CALLED),
    ("permis-ouest", words(8, 0.8), 100, Outcome.HUMAN, Party.CALLED),
    ("permis-ouest", words(8, 4.5), 100, Outcome.IVR_ONLY, Party.CALLED),
    ("permis-ouest", keys(8, "1"), 100, Outcome.HUMAN, Party.CALLED),
    ("impots-fontbrune", (), 500, Outcome.IVR_ONLY, Party.CALLER),
    ("impots-fontbrune", keys(9, "129"), 60, Outcome.IVR_ONLY, Party.CALLER),
    ("urssaf-littoral", (), 100, Outcome.DISSUADED, Party.CALLED),
    ("urssaf-littoral", (), 4, Outcome.DISSUADED, Party.CALLER),
    ("emploi-sarthe", (), 3600, Outcome.QUEUE_TIMEOUT, Party.CALLER),
    ("tribunal-corvaine", (), 100, Outcome.CLOSED_MESSAGE_IN_HOURS, Party.CALLED),
    ("medico-scolaire", (), 12, Outcome.VOICEMAIL, Party.CALLER),
    ("medico-scolaire", (), 100, Outcome.VOICEMAIL, Party.CALLED),
    ("departement-marais", (), 100, Outcome.BUSY, Party.CALLED),
    ("cartes-grises", (), 100, Outcome.NETWORK_CONGESTION, Party.NETWORK),
    ("passeports-elme", (), 100, Outcome.NUMBER_INVALID, Party.CALLED),
    ("sejour-lys", (), 100, Outcome.REJECTED, Party.CALLED),
    ("sejour-lys", (), 0.1, Outcome.NO_ANSWER, Party.CALLER),
    ("mdph-vallees", (), 100, Outcome.ANNOUNCEMENT_UNANSWERED, Party.CALLED),
    ("mairie-lannec", (), 60, Outcome.NO_ANSWER, Party.CALLER),
    ("creche-tilleuls", (), 60, Outcome.SILENCE, Party.CALLER),
    ("etat-civil-morteplaine", (), 4, Outcome.FAX_OR_MODEM, Party.CALLER),
    ("etat-civil-morteplaine", (), 100, Outcome.FAX_OR_MODEM, Party.CALLED),
    ("logement-rives", (), 100, Outcome.DROPPED, Party.CALLED),
    ("sous-prefecture-haute", (), 100, Outcome.HUMAN, Party.CALLED),
    ("sous-prefecture-haute", (), 3, Outcome.QUEUE_TIMEOUT, Party.CALLER),
    ("tresorerie-beauchamps", words(8), 20, Outcome.HUMAN_WRONG_SERVICE, Party.CALLER),
    ("retraite-centre", (), 100, Outcome.DROPPED, Party.CALLED),
    ("retraite-centre", (), 5, Outcome.QUEUE_TIMEOUT, Party.CALLER),
    ("aides-etudiants", (), 100, Outcome.CALLBACK_ONLY, Party.CALLED),
    ("reference", (), 5, None, Party.CALLER),
]


@pytest.mark.parametrize(("service", "script", "leaves_s", "outcome", "by"), CASES)
def test_the_truth_of_every_behaviour(service, script, leaves_s, outcome, by):
    performer, _ = perform(service, script, leaves_s=leaves_s)
    assert (performer.truth.outcome(), performer.truth.hung_up_by) == (outcome, by)


def test_every_service_of_the_cast_has_a_case():
    assert {service for service, *_ in CASES} == set(BY_ID)


@pytest.mark.parametrize("seed", "abcdefgh")
def test_what_was_played_is_whole_and_in_order(seed):
    for service in BY_ID:
        performer, _ = perform(service, [*words(8), *keys(15, "213")], seed=seed)
        played = performer.truth.played
        assert all(p.end_s is not None and p.end_s >= p.start_s for p in played)
        assert all(a.end_s <= b.start_s + 1e-9 for a, b in itertools.pairwise(played))
        assert performer.truth.end_s is not None


def test_the_first_word_is_dated_from_the_onset_of_the_greeting():
    performer, outputs = perform("mairie-vaux", words(8), leaves_s=20)
    started = next(at for at, o in outputs if isinstance(o, StartSound) and isinstance(o.sound, Words))
    assert performer.truth.t_human == pytest.approx(started + 0.05)


def test_a_caller_who_leaves_before_the_first_word_met_nobody():
    _performer, outputs = perform("mairie-vaux", words(8), leaves_s=20)
    started = next(at for at, o in outputs if isinstance(o, StartSound) and isinstance(o.sound, Words))
    early, _ = perform("mairie-vaux", leaves_s=started + 0.02)
    assert early.truth.t_human is None and early.truth.outcome() is not Outcome.HUMAN


@pytest.mark.parametrize("seed", "abcdefghij")
def test_an_agent_reacts_soon_after_our_words_with_other_words(seed):
    _, outputs = perform("mairie-vaux", words(7.5), leaves_s=30, seed=seed)
    said = [(at, o.sound.text) for at, o in outputs if isinstance(o, StartSound) and isinstance(o.sound, Words)]
    reactions = [(at, text) for at, text in said if at > 12.0]
    assert 12.0 + 0.3 <= reactions[0][0] <= 12.0 + 1.2
    assert reactions[0][1] != said[0][1]


def test_an_agent_to_whom_nobody_speaks_says_allo_and_hangs_up_at_last():
    performer, outputs = perform("mairie-vaux", leaves_s=200)
    said = [o.sound.text for _, o in outputs if isinstance(o, StartSound) and isinstance(o.sound, Words)]
    assert len(said) == 4 and performer.truth.hung_up_by is Party.CALLED
    assert isinstance(outputs[-1][1], SendBye)


def test_an_agent_lets_the_caller_finish():
    _, outputs = perform("mairie-vaux", [(6.0, CallerSpeaks())], leaves_s=60)
    said = [at for at, o in outputs if isinstance(o, StartSound) and isinstance(o.sound, Words)]
    assert len(said) == 1


def test_no_two_agents_are_alike():
    drawn = {
        repr(Performer(BY_ID["mairie-vaux"], seed=str(n), scale=1, measure=estimate).live_words()) for n in range(200)
    }
    assert len(drawn) == 200


def test_the_same_seed_performs_the_same_call():
    first, second = (perform("caf-orne", keys(8, "2"), seed="x")[0].truth for _ in range(2))
    assert first == second
    assert first != perform("caf-orne", keys(8, "2"), seed="y")[0].truth


def test_one_scale_shortens_the_waits_and_not_what_is_said():
    quick, slow = (perform("caf-orne", keys(20, "2"), scale=s, leaves_s=5000)[0].truth for s in (0.1, 1.0))
    prompt = [[p.end_s - p.start_s for p in t.played if p.label == "welcome"] for t in (quick, slow)]
    waits = [sum(p.end_s - p.start_s for p in t.played if p.sound == "music") for t in (quick, slow)]
    assert prompt[0] == pytest.approx(prompt[1])
    assert waits[1] > 4 * waits[0] > 0


def test_a_key_interrupts_the_prompt_and_a_word_waits_for_its_end():
    _, by_key = perform("permis-ouest", keys(3, "1"))
    _, by_word = perform("permis-ouest", words(2.5, 0.8))
    music = [
        next(at for at, o in outs if isinstance(o, StartSound) and isinstance(o.sound, Tune))
        for outs in (by_key, by_word)
    ]
    assert music[0] < 4.0 < 5.5 < music[1]


def test_keys_pressed_too_early_are_kept_for_the_menu():
    performer, _ = perform("caf-orne", keys(1.5, "2"))
    assert performer.truth.outcome() is Outcome.HUMAN


def test_announcements_interrupt_the_music_in_turn():
    _, outputs = perform("emploi-sarthe", leaves_s=60)
    said = [o.sound.id for _, o in outputs if isinstance(o, StartSound) and isinstance(o.sound, Prompt)]
    assert said[:4] == [f"emploi-sarthe/{n}" for n in ("welcome", "wait", "wait-2", "wait")]


def test_the_room_is_heard_while_the_agent_listens():
    _, outputs = perform("mairie-vaux", leaves_s=9)
    assert isinstance([o.sound for _, o in outputs if isinstance(o, StartSound)][-1], Room | Words)


def test_the_second_trunk_performs_what_differs():
    first, second = (perform("cartes-grises", trunk=trunk)[0].truth.outcome() for trunk in (0, 1))
    assert (first, second) == (Outcome.NETWORK_CONGESTION, Outcome.HUMAN)


def test_the_unallocated_number_is_the_same_on_both_trunks():
    assert [perform("passeports-elme", trunk=t)[0].truth.outcome() for t in (0, 1)] == [Outcome.NUMBER_INVALID] * 2


def test_without_an_ack_the_performance_begins_all_the_same():
    performer = Performer(BY_ID["creche-tilleuls"], seed="a", scale=0.1, measure=estimate)
    performer.start()
    while (at_s := performer.deadline_s()) < 10:
        performer.deadline_passed(at_s)
    assert performer.truth.stage.value == "silence"


def test_nothing_matters_after_the_end():
    performer, _ = perform("departement-marais")
    before = performer.truth.data()
    assert performer.receive(Digit(digit="1"), 99) == [] and performer.deadline_passed(99) == []
    assert performer.deadline_s() == inf and performer.truth.data() == before


def test_a_call_that_goes_on_has_no_outcome_yet():
    performer = Performer(BY_ID["emploi-sarthe"], seed="a", scale=1, measure=estimate)
    performer.start()
    assert performer.truth.outcome() is None


def test_agents_name_their_service():
    for service in CAST:
        for act in acts_within(service.acts):
            assert not isinstance(act, Agent) or len(act.greets_as) > 5
