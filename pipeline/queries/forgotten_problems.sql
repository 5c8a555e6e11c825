-- Problems that shall go, by id or by source; every wording of them.
SELECT DISTINCT problem_id FROM ledger_problems
WHERE problem_id IN (SELECT name FROM asked_problems) OR source IN (SELECT name FROM asked_sources)
