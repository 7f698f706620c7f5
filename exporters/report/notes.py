"""Notes under the tables of a page, each a sentence or two."""

from __future__ import annotations

from exporters.report.language import Language
from exporters.report.model import Report
from exporters.report.words import ANNOUNCEMENTS
from prober.outcome import Outcome


def waits(report: Report, lang: Language) -> list[str]:
    """Of the wait: undecided calls, waits announced beside those lived, offers to call back."""
    w, notes = report.waits, []
    if report.estimates.outcomes.get(Outcome.INDETERMINATE.value):
        notes.append(
            lang.t(
                "Un appel indécis quitte la courbe quand il finit : la part jointe à la limite de patience peut "
                "différer un peu du taux de la première page."
            )
        )
    if w.announced:
        notes.append(
            lang.nt(
                "Attente annoncée par le service, dans %(n)s appel : %(said)s ; attente vécue : %(lived)s.",
                "Attente annoncée par le service : %(said)s (médiane de %(n)s appels) ; attente vécue : %(lived)s. Ont "
                "attendu plus que ce qui était annoncé : %(x)s sur %(n)s.",
                w.announced,
                said=lang.seconds(w.announced_median_s),
                lived=lang.seconds(w.lived_median_s),
                x=w.longer_than_announced,
            )
        )
    if w.callback_offered:
        notes.append(
            lang.nt(
                "Un rappel a été proposé dans %(n)s appel sur %(all)s comptés ; nous le déclinons pour continuer "
                "d'attendre, quand c'est possible.",
                "Un rappel a été proposé dans %(n)s appels sur %(all)s comptés ; nous le déclinons pour continuer "
                "d'attendre, quand c'est possible.",
                w.callback_offered,
                all=sum(s.n for s in report.funnel if s.name == "counted"),
            )
        )
    return notes


def number(report: Report, lang: Language) -> list[str]:
    """Of the number: the menu, the hours, the messages and prices heard."""
    heard = sum("price_announced" in a.flags for a in report.attempts)
    notes = [
        lang.t("Choix faits dans le menu pour joindre un agent : %(keys)s.", keys=lang.quoted(keys))
        for keys in report.menus
    ]
    if report.service.hours:
        assumed = report.service.hours_assumed
        hours = lang.t("Horaires de la ligne retenus : %(hours)s", hours=lang.opening(report.service.hours))
        notes.append(hours + (lang.t(" (supposés : ceux de l'accueil, à confirmer).") if assumed else "."))
    told = [(lang.t(said), n) for label, said in ANNOUNCEMENTS.items() if (n := report.announcements.get(label, 0))]
    if told:
        listed = ", ".join(f"{said} ({n})" for said, n in told)
        notes.append(lang.t("Messages enregistrés entendus, et dans combien d'appels : %(listed)s.", listed=listed))
    if heard:
        notes.append(
            lang.nt("Un prix a été annoncé dans %(n)s appel.", "Un prix a été annoncé dans %(n)s appels.", heard)
        )
    return notes
