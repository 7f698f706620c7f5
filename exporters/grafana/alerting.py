"""Alerting rules with what to do, in French: they are read by those who run campaigns. An alarm is never a verdict."""

from __future__ import annotations

from typing import Any

from exporters.grafana.queries import ATTEMPTS, increase, one

Rule = dict[str, Any]


def alerting() -> list[Rule]:
    """The group of a rules file."""
    return [{"name": "decroche-alerts", "rules": [_rule(*row) for row in ALERTS]}]


def _rule(name: str, expr: str, lasts: str, severity: str, summary: str, runbook: str) -> Rule:
    return {
        "alert": name,
        "expr": expr,
        "for": lasts,
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "runbook": runbook},
    }


CHANGED = "decroche_prompts_changed_total"
NEW = f"({one(CHANGED, 'service')} > 0) unless {one(f'{CHANGED} offset 1d', 'service')}"
"""A counter that was not there a day ago: its first step is no increase."""
MORE = f"{increase(CHANGED, '1d', 'service')} > 0"
NAMED = "* on (service) group_left (name) decroche:service_info"
SHOWN = "decroche_caller_id_calls_total"
YES = '{failed="yes"}'
CALLS = f"sum by (caller_id) ({increase(SHOWN, '1d', 'caller_id', 'failed')})"
FAILED = f"sum by (caller_id) ({increase(SHOWN + YES, '1d', 'caller_id', 'failed')})"
OTHERS = f"((scalar(sum({FAILED})) - {FAILED}) / (scalar(sum({CALLS})) - {CALLS}))"
"""The same share over the other numbers shown: each call draws one, so all of them meet the same services."""
ALERTS = (
    (
        "DecrocheMuet",
        "absent(decroche_snapshot_timestamp_seconds) or (time() - max(decroche_snapshot_timestamp_seconds) > 300)",
        "5m",
        "critical",
        "Aucun chiffre nouveau depuis plus de cinq minutes",
        "Le programme ne répond plus ou n'atteint plus sa base. Vérifier `decroche serve` et /healthz ; si "
        "decroche_store_up vaut 0, vérifier PostgreSQL : les appels terminés attendent sur disque et rien n'est perdu.",
    ),
    (
        "DecrocheAucuneMesure",
        f"max(decroche_overdue_attempts) > 0 and on () "
        f"((sum({increase(ATTEMPTS, '30m', 'service', 'script', 'outcome')}) or vector(0)) == 0)",
        "10m",
        "critical",
        "Des appels sont dus et aucun n'aboutit à une mesure depuis une demi-heure",
        "Vérifier que la campagne n'est pas en pause, que des places sont libres (decroche_seats_free) et que "
        "l'appel de référence passe. Un appel dû trop longtemps est tiré de nouveau, jamais lancé en rafale.",
    ),
    (
        "DecrochePartPropreElevee",
        "decroche:own_share:1d > 0.10 and on () sum(decroche:attempts:increase1d) >= 20",
        "15m",
        "warning",
        "{{ $value | humanizePercentage }} des appels du jour échouent de notre côté",
        "Ces appels ne comptent contre aucun service, mais au-delà de 20 % le mois est insuffisant. Regarder les "
        "issues own_failure, caller_blocked et out_of_schedule, puis les codes SIP par ligne de sortie.",
    ),
    (
        "DecrocheNumeroBloque",
        "decroche:caller_blocked_share:1d > 0.01 and on () sum(decroche:attempts:increase1d) >= 20",
        "15m",
        "warning",
        "Notre numéro est refusé dans {{ $value | humanizePercentage }} des appels du jour",
        "Demander à l'opérateur si le numéro présenté est vérifié et authentifié (codes 428 à 438, 603 avec motif). "
        "Comparer les lignes de sortie ; changer de numéro présenté si un seul est touché.",
    ),
    (
        "DecrocheNumeroPresenteFiltre",
        f"({FAILED} / {CALLS} > 0.2) and ({CALLS} >= 20) and ({FAILED} / {CALLS} > 3 * {OTHERS})",
        "15m",
        "warning",
        "Le numéro présenté {{ $labels.caller_id }} échoue dans {{ $value | humanizePercentage }} de ses appels",
        "Le numéro présenté est tiré au hasard à chaque appel : s'il échoue bien plus que les autres, c'est lui que "
        "filtrent les réseaux ou les services. Le retirer de caller_ids ; l'opérateur peut vérifier sa réputation.",
    ),
    (
        "DecrocheLigneCoupee",
        "min by (trunk) (decroche_trunk_registered) == 0",
        "5m",
        "critical",
        "La ligne de sortie {{ $labels.trunk }} n'est plus enregistrée",
        "Vérifier l'adresse du registre, le mot de passe et le pare-feu. Les appels passent par les autres lignes, "
        "si la campagne en a ; sinon ils échouent de notre côté.",
    ),
    (
        "DecrocheReferenceEnEchec",
        "min by (trunk) (decroche_reference_call_ok) == 0 or "
        "(time() - max by (trunk) (decroche_reference_call_timestamp_seconds) > 1800)",
        "10m",
        "critical",
        "L'appel de référence par {{ $labels.trunk }} échoue ou n'est plus passé",
        "Tant qu'il échoue, aucun échec réseau n'est imputé à un service. Appeler soi-même le numéro de référence ; "
        "s'il répond, vérifier la ligne de sortie avec l'opérateur.",
    ),
    (
        "DecrocheMenuChange",
        f"(({NEW}) or ({MORE})) {NAMED}",
        "0m",
        "warning",
        "Les annonces de {{ $labels.name }} ne sont plus celles qui ont été apprises",
        "Les appels passés depuis attendent une relecture et ne comptent pas. Écouter le serveur vocal, corriger le "
        "chemin du menu dans le catalogue, puis juger de nouveau (`decroche reclassify`).",
    ),
    (
        "DecrochePlanEnRetard",
        "max(decroche_overdue_seconds) > 900",
        "10m",
        "warning",
        "Le plus ancien appel dû attend depuis {{ $value | humanizeDuration }}",
        "Il n'y a pas assez de places ou de débit : comparer decroche_seats_free, max_calls et calls_per_second des "
        "lignes de sortie avec le nombre d'appels par heure du plan. Ce qui est trop tard est tiré de nouveau.",
    ),
    (
        "DecrocheDisqueEnAttente",
        "sum(decroche_spool_refused) > 0 or (max(decroche_spool_oldest_seconds) > 900 "
        "and on () sum(deriv(decroche_spool_records[15m])) > 0)",
        "5m",
        "warning",
        "Des enregistrements attendent sur disque et leur nombre croît, ou la base en refuse",
        "La base est absente ou refuse des données. Rien n'est perdu tant que le disque a de la place (spool.max_mb). "
        "Rétablir PostgreSQL : la file se vide seule ; lire les fichiers *.refused et le journal.",
    ),
    (
        "DecrocheMoteursInstables",
        "sum(increase(decroche_engine_restarts_total[1h])) > 3",
        "0m",
        "warning",
        "{{ $value | humanize }} moteurs d'appel remplacés en une heure",
        "Les appels en cours de ces moteurs sont des échecs de notre côté. Lire le journal autour des remplacements, "
        "baisser engines.concurrency si la machine est saturée (decroche_ear_lag_seconds).",
    ),
    (
        "DecrocheServiceEffondre",
        f"({one('decroche_collapse_ratio', 'service')} >= 1) {NAMED}",
        "0m",
        "warning",
        "Alarme, pas un verdict : {{ $labels.name }} répond soudain bien moins que d'habitude",
        "Somme cumulée de Bernoulli sur les derniers appels, seuil choisi pour au moins 50 000 appels entre deux "
        "fausses alarmes d'un même service (dix ans à vingt appels par jour ouvré). Vérifier d'abord notre côté "
        "(référence, menu), puis une grève, une panne ou une fermeture annoncée ; prévenir le service si elle dure.",
    ),
)
