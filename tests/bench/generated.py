"""A store with any number of attempts, made inside PostgreSQL: random times, outcomes and milestones, no calls.

Every month 440 attempts a service: two scripts of 200, a tenth more for exclusions. Services differ in how often they
answer. The same arguments give the same store.
"""

from __future__ import annotations

from datetime import date

import psycopg

LAST = date(2026, 10, 1)
"""The last month; the others are those before."""
A_MONTH = 440
BATCH = 250
"""Services drawn in one statement."""

INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('attempts', 'verdicts')
    AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""
SERVICES = """
INSERT INTO organisations (id, name) SELECT 'body-' || b, 'Organisme ' || b FROM generate_series(0, 49) b;
INSERT INTO services (id, name, organisation, zone)
SELECT 'service-' || lpad(s::text, 6, '0'), 'Service ' || s, 'body-' || s % 50, 'Europe/Paris'
FROM generate_series(1, {services}) s;
INSERT INTO numbers (service, number) SELECT id, '01' || left(translate(md5(id), 'abcdef', '012345'), 8) FROM services;
SELECT setseed(0.5);
"""
DRAWN = """
CREATE TEMPORARY TABLE drawn ON COMMIT DROP AS
SELECT md5(s || '-' || k || '{month}') AS id, 'service-' || lpad(s::text, 6, '0') AS service,
    '01' || left(translate(md5('service-' || lpad(s::text, 6, '0')), 'abcdef', '012345'), 8) AS number,
    (ARRAY['agent', 'optout'])[1 + k % 2] AS script,
    (ARRAY['Mon', 'Tue', 'Wed', 'Thu', 'Fri'])[1 + day] || (ARRAY[' 09-12', ' 12-14', ' 14-17'])[1 + band] AS stratum,
    (DATE '{month}' + 4 + 7 * (k / 30 % 4) + day)
        + make_interval(hours => (ARRAY[7, 10, 12])[1 + band], secs => 7000 * luck) AS at,
    round((-150 * ln(1 - luck * 0.97))::numeric, 1)::float AS wait,
    CASE WHEN r < answers THEN 'human' ELSE (ARRAY['busy', 'busy', 'busy', 'no_answer', 'dissuaded', 'dissuaded',
        'ivr_only', 'dropped', 'queue_timeout', 'queue_timeout', 'voicemail', 'own_failure'])
        [1 + floor(12 * (r - answers) / (1.000001 - answers))::int] END AS met
FROM (
    SELECT s, k, k / 2 % 5 AS day, k / 10 % 3 AS band, random() AS r, random() AS luck,
        0.4 + 0.55 * ((s * 7919) % 101) / 101.0 AS answers
    FROM generate_series({first}, {last}) s, generate_series(0, {each} - 1) k
) lots;
INSERT INTO attempts (id, service, month, number, script, purpose, campaign, stratum, weight, due_at, plan, status,
    invite_at, last_state, t_invite, t_alert, t_answer, t_ivr, t_optout, t_queue, t_human, t_end)
SELECT id, service, DATE '{month}', number, script, 'measure', 'bench', stratum, 1.0 / 15, at,
    json_build_object('id', id, 'service', service, 'number', number, 'script', script, 'due_at', at AT TIME ZONE 'UTC',
        'campaign', 'bench', 'stratum', stratum, 'weight', 1.0 / 15),
    'done', at AT TIME ZONE 'UTC', '', 0, CASE WHEN met <> 'own_failure' THEN 1.2 END,
    CASE WHEN heard THEN 3 + wait / 100 END, CASE WHEN heard THEN 3.5 + wait / 100 END,
    CASE WHEN heard AND script = 'optout' THEN 6 + wait / 100 END, CASE WHEN queued THEN 12 + wait / 100 END,
    CASE WHEN met = 'human' THEN 20 + wait END,
    CASE met WHEN 'queue_timeout' THEN 600 WHEN 'human' THEN 28 + wait ELSE 20 + wait / 4 END
FROM (SELECT *, met NOT IN ('busy', 'no_answer', 'own_failure') AS heard,
    met IN ('human', 'queue_timeout', 'dropped') AS queued FROM drawn) told;
INSERT INTO verdicts (attempt, current, outcome, rule_id, rules_version, evidence, phase, flags, context)
SELECT id, true, met, 'bench.' || met, '1', '', CASE WHEN met = 'dropped' THEN 'queue' END, '{{}}', '{{}}' FROM drawn;
"""


def fill(url: str, attempts: int, *, months: int = 12) -> int:
    """Fill an empty store with about so many attempts over so many months; gives the number of services."""
    services = max(1, round(attempts / A_MONTH / months))
    numbered = [12 * LAST.year + LAST.month - 1 - back for back in range(months)]
    days = [date(n // 12, n % 12 + 1, 1) for n in sorted(numbered)]
    with psycopg.connect(url) as c:
        # Ten million rows take a third of the time without indexes to keep and foreign keys to look up.
        c.execute("SET session_replication_role = replica")
        wanted = c.execute(INDEXES).fetchall()
        for name, _ in wanted:
            c.execute(f"DROP INDEX {name}".encode())
        c.execute(SERVICES.format(services=services).encode())
        c.commit()
        for month in days:
            for first in range(1, services + 1, BATCH):
                last = min(first + BATCH - 1, services)
                c.execute(DRAWN.format(first=first, last=last, each=A_MONTH, month=month).encode())
                c.commit()
        for _, definition in wanted:
            c.execute(definition.encode())
        c.commit()
        c.autocommit = True
        c.execute("VACUUM ANALYZE")
    return services
