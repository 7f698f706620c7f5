"""How the month was measured, said so that it can be checked and disputed."""

from __future__ import annotations

from dataclasses import dataclass

from exporters.estimates import Correction, Rate, Share
from exporters.report.language import FEW, Language
from exporters.report.lists import WITH_NETWORK
from exporters.report.model import Method, Report, Shown
from exporters.report.words import CALLERS, METHODS, WEIGHTS, WITHOUT
from exporters.statistics.clusters import ALIKE
from exporters.statistics.exact import clopper_pearson
from prober.attempt import Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A term and what it means here; `anchor`: the list behind its percentage."""

    term: str
    text: str
    anchor: str = ""


def method_of(report: Report, lang: Language) -> tuple[Said, ...]:
    """The method, in the order a reader asks."""
    t, m = lang.t, report.method
    agent = report.estimates.kpis["agent_pickup_rate"]
    reach = report.estimates.kpis["human_reach_rate"]
    assert isinstance(agent, Rate)
    assert isinstance(reach, Rate)
    said = {
        t("Comment les appels sont passés"): t(
            "À des instants tirés au hasard pendant les horaires publiés, un automate compose le numéro comme un "
            "usager et écoute ce qui répond. Dès qu'une personne parle, il lui dit en une phrase que l'appel est une "
            "mesure et raccroche. Aucune voix n'est conservée, aucun agent n'est identifié. Les agents ont été occupés "
            "%(seconds)s en tout ce mois-ci.",
            seconds=lang.seconds(report.agent_s),
        ),
        t("Deux sortes d'appelants"): t(
            "L'appelant patient suit le menu jusqu'à un agent : c'est lui que vise l'objectif de décroché par un agent "
            "(un serveur vocal qui répond ne compte pas). L'autre refuse le serveur vocal dès la première invite : "
            "c'est l'engagement « 9 fois sur 10 une personne »."
        )
        + _direct(report, lang),
        t("Limite de patience"): t(
            "Sans agent au bout de %(t_max)s, nous raccrochons. Cette limite est la même pour tous les services et "
            "tous les mois ; l'appel est alors « encore en attente », ni joint ni perdu par le service (estimation "
            "d'Aalen-Johansen pour la courbe).",
            t_max=lang.seconds(report.t_max_s),
        ),
        t("Ce qui n'est pas compté"): t(
            "Un échec de notre côté, un échec du réseau ou un appel hors des horaires publiés ne dit rien du service. "
            "Rien d'autre n'est exclu : ni appel court, ni valeur extrême. Exclure les échecs du réseau peut flatter "
            "un service dont l'accès est saturé : comptés comme des échecs, le taux par un agent serait "
            "%(pessimistic)s. Un filtrage de notre numéro ressemble à un refus : il est reconnu à part.",
            pessimistic=_pessimistic(agent, lang),
        ),
        **({t("Période pilote"): _pilot(m, lang)} if m.pilot else {}),
        t("Conclusion"): t(
            "« Objectif atteint » veut dire que les appels excluent un taux inférieur à l'objectif, au risque de 2,5 "
            "%% ; « non atteint », un taux égal ou supérieur. Aucune conclusion sous 30 appels, ni si plus d'un appel "
            "sur dix est indécis, ni si plus d'un sur cinq a échoué de notre côté. Aucun pourcentage sous 10 appels. "
            "Méthode : %(method)s.",
            method=t(METHODS.get(agent.method or reach.method or "", METHODS["clopper_pearson"])),
        ),
        t("Pondération"): lang.sentence(WEIGHTS.get(m.weights_source, WEIGHTS[""])) + "." + _never_called(report, lang),
        t("Appels mis en file"): t(
            "Les chiffres propres d'un service portent souvent sur les seuls appels entrés dans sa file. Calculé "
            "ainsi, le taux par un agent serait %(queued)s : l'écart est ce qui se perd avant la file. Un service peut "
            "aussi compter comme traité un rappel proposé ; ici seul compte l'agent dans l'appel.",
            queued=_of(report, "agent_pickup_rate_queued", lang),
        ),
        **_days(agent, reach, lang),
        **_without(report, lang),
        **({t("Numéros présentés"): _shown(report.shown, lang)} if report.shown else {}),
        t("Contrôle du détecteur"): _detector(agent.corrected or reach.corrected, lang) + _corrected(agent, lang),
        **(
            {t("Contrôle du détecteur : qui refuse le serveur vocal"): _corrected(reach, lang).strip()}
            if reach.corrected
            else {}
        ),
        t("Reproductible"): _reproducible(report, lang),
        t("Contester"): t(
            "L'organisme mesuré peut demander ses appels bruts et contester un appel par son identifiant. Un appel "
            "jugé à nouveau change le chiffre et garde ses jugements précédents."
        )
        + (" " + t("Contact : %(contact)s.", contact=report.service.contact) if report.service.contact else ""),
    }
    lists = {
        t("Ce qui n'est pas compté"): WITH_NETWORK,
        t("Appels mis en file"): "K2b",
        t("Appels d'un même jour : l'appelant patient"): "K2",
        t("Appels d'un même jour : qui refuse le serveur vocal"): "K3",
        t("Contrôle du détecteur"): "K2",
        t("Contrôle du détecteur : qui refuse le serveur vocal"): "K3",
    }
    lists |= {t(WITHOUT[flag][0]): flag for flag in WITHOUT}
    known = {WITH_NETWORK, *(w.flag for w in report.without)} | {
        kpi.code for kpi in report.estimates.kpis.values() if kpi.denominator
    }
    return tuple(
        Said(term=term, text=text, anchor=lists[term] if lists.get(term) in known and "%" in text else "")
        for term, text in said.items()
    )


def _days(agent: Rate, reach: Rate, lang: Language) -> dict[str, str]:
    """What the interval would be if calls of one day told the same; only where they are alike."""
    terms = {
        lang.t("Appels d'un même jour : l'appelant patient"): agent,
        lang.t("Appels d'un même jour : qui refuse le serveur vocal"): reach,
    }
    found = {}
    for term, rate in terms.items():
        day, n = rate.by_day, rate.denominator or 0
        if day is None or day.icc is None or day.icc <= ALIKE or n < FEW:
            continue
        found[term] = lang.t(
            "Une panne ou une grève touche tous les appels d'un jour : ici ils se ressemblent (corrélation %(icc)s sur "
            "%(days)s jours). Si chaque jour ne valait qu'un tirage, l'intervalle serait %(bounds)s, non pondéré.",
            icc=lang.decimal(day.icc, 2),
            days=day.df + 1,
            bounds=lang.bounds(day.verdict_interval.low, day.verdict_interval.high, n, rate.target),
        )
    return found


def _without(report: Report, lang: Language) -> dict[str, str]:
    """The judged rates without calls near closing time, and without days of strike: they count, and are told apart."""
    found = {}
    targets = {i: kpi.target for i, kpi in report.estimates.kpis.items() if isinstance(kpi, Rate)}
    for w in report.without:
        term, sentence = WITHOUT[w.flag]
        agent, reach = (_rate(w.rates[i], lang, targets[i]) for i in ("agent_pickup_rate", "human_reach_rate"))
        found[lang.t(term)] = lang.t(sentence, n=w.n, agent=agent, reach=reach)
    return found


def _shown(s: Shown, lang: Language) -> str:
    """Whether the service might recognise our calls."""
    (x, n), (y, m) = s.low, s.high
    told = lang.t(
        "Nos appels ont présenté %(k)s numéros différents : selon le numéro, de %(low)s à %(high)s ont trouvé un "
        "agent.",
        k=s.numbers,
        low=lang.t("%(x)s sur %(n)s", x=x, n=n),
        high=lang.t("%(x)s sur %(n)s", x=y, n=m),
    )
    if s.proven:
        return f"{told} " + lang.t("Le hasard n'explique pas cet écart : nos appels sont peut-être reconnus.")
    return f"{told} " + lang.t("Rien ne montre que le service les reconnaisse.")


def _rate(rate: Rate | Share, lang: Language, target: float | None) -> str:
    """x of n, and from ten calls on the percentage with its interval; `target`: what it must not be rounded across."""
    x, n = rate.numerator or 0, rate.denominator or 0
    if not n:
        return lang.t("impossible à dire (aucun appel)")
    of = lang.t("%(x)s sur %(n)s", x=x, n=n)
    if n < FEW:
        return of
    share = lang.rate(x, rate.estimate, rate.low, rate.high, n, target)
    return f"{of} ({share}, {lang.bounds(rate.low, rate.high, n, target)})"


def _never_called(report: Report, lang: Language) -> str:
    """Strata of the plan of which no call counts: what is said of their hours is what their neighbours say."""
    parts = []
    for script in (Script.AGENT, Script.OPTOUT):
        here = [s for s in report.strata if s.script is script]
        empty = [s for s in here if not s.n]
        if empty and len(empty) < len(here):
            share = lang.sign(lang.decimal(100 * sum(s.weight for s in empty), 0))
            parts.append(
                lang.t(
                    "%(n)s pour %(who)s (%(share)s du poids)", n=len(empty), who=lang.t(CALLERS[script]), share=share
                )
            )
    if not parts:
        return ""
    return " " + lang.t("Tranches sans appel compté, jugées comme leur voisine : %(listed)s.", listed=", ".join(parts))


def _direct(report: Report, lang: Language) -> str:
    """Whether calls to lines without a voice server count, where there are any: the plan says it in advance."""
    direct = [a for a in report.attempts if a.script is Script.DIRECT and a.outcome.in_service_denominator]
    counted = sum("agent_pickup_rate" in a.kpis for a in direct)
    if counted and counted < len(direct):
        return " " + lang.t(
            "Des %(n)s appels en ligne directe, ceux des campagnes dont le plan le dit comptent pour les deux : %(x)s.",
            x=counted,
            n=len(direct),
        )
    if not any(a.script is Script.DIRECT for a in report.attempts):
        return ""
    if report.method.direct_campaigns:
        return " " + lang.t("Les appels en ligne directe, sans serveur vocal, comptent pour les deux : le plan le dit.")
    return " " + lang.t("Les appels en ligne directe, sans serveur vocal, ne comptent pour aucune des deux.")


def _pilot(m: Method, lang: Language) -> str:
    return lang.nt(
        "%(n)s appel passé jusqu'au %(day)s pour apprendre les messages du service n'est pas compté.",
        "%(n)s appels passés jusqu'au %(day)s pour apprendre les messages du service ne sont pas comptés.",
        m.pilot,
        day=lang.day(m.pilot_until),
    )


def _pessimistic(rate: Rate, lang: Language) -> str:
    p = rate.pessimistic
    return _rate(p, lang, rate.target) if p and p.denominator else lang.t("le même")


def _of(report: Report, identifier: str, lang: Language) -> str:
    rate = report.estimates.kpis[identifier]
    if not isinstance(rate, Rate) or not rate.denominator or rate.numerator is None:
        return lang.t("impossible à dire (aucun appel en file)")
    return _rate(rate, lang, rate.target)


def _x_of_n(x: int, n: int, lang: Language) -> str:
    """x of n plain calls, and from ten on their share; of all or none of them its exact bound."""
    of = lang.t("%(x)s sur %(n)s", x=x, n=n)
    if n < FEW:
        return of
    exact = clopper_pearson(x, n)
    return f"{of} ({lang.rate(x, x / n, exact.low, exact.high, n)})"


def _detector(c: Correction | None, lang: Language) -> str:
    """What a person who read calls again found of the detector; and how far two such persons agree."""
    if c is None:
        return lang.t("Aucun appel n'a été relu par une personne ce mois-ci : le chiffre n'est pas corrigé.")
    others = c.reviewed - c.humans
    told = lang.t(
        "Appels tirés au hasard et relus par quelqu'un : %(n)s. Le détecteur a trouvé la personne là où il y en avait "
        "une : %(found)s ; et personne là où il n'y en avait pas : %(confirmed)s.",
        n=c.reviewed,
        found=_x_of_n(c.humans_found, c.humans, lang),
        confirmed=_x_of_n(c.others_confirmed, others, lang),
    )
    if not c.read_twice:
        return told
    agreed = _x_of_n(c.agreed, c.read_twice, lang)
    told += " " + lang.t("Deux personnes ont relu les mêmes appels et disent la même chose : %(agreed)s", agreed=agreed)
    beyond = "" if c.kappa is None else lang.t(", kappa de Cohen %(kappa)s", kappa=lang.decimal(c.kappa, 2))
    return f"{told}{beyond}."


def _corrected(rate: Rate, lang: Language) -> str:
    """The rate without the errors of the detector, beside the one that was counted."""
    c, n = rate.corrected, rate.denominator or 0
    if c is None:
        return ""
    if c.estimate is None or n < FEW:
        return " " + lang.t("C'est trop peu pour corriger le chiffre.")
    # No more precise than the smaller of the two samples it is made of.
    shown = min(n, c.reviewed)
    return " " + lang.t(
        "Sans les erreurs du détecteur, le taux serait %(estimate)s (%(bounds)s) au lieu de %(counted)s.",
        estimate=lang.percent(c.estimate, shown),
        bounds=lang.bounds(c.low, c.high, shown),
        counted=lang.percent(rate.estimate, n),
    )


def _reproducible(report: Report, lang: Language) -> str:
    m = report.method
    parts = [lang.t("Programme %(version)s, règles %(rules)s", version=m.version, rules=m.rules_version)]
    if m.planned is not None:
        parts.append(lang.t("appels prévus au plan gelé : %(n)s", n=m.planned))
    if m.closed_on:
        parts.append(lang.t("mois clos le %(day)s", day=lang.day(m.closed_on)))
    if m.seeds:
        parts.append(lang.t("graine du tirage : %(seeds)s", seeds=", ".join(m.seeds)))
    if m.plans_sha256:
        parts.append(lang.t("empreinte du plan : %(sha)s", sha=", ".join(m.plans_sha256)))
    if m.settings_sha256:
        parts.append(lang.t("empreinte des réglages : %(sha)s", sha=m.settings_sha256))
    return lang.listed(parts) + "."
