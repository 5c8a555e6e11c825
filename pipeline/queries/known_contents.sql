-- Which of the problems in wanted_contents the ledger holds word for word.
SELECT DISTINCT content_hash FROM ledger_problems WHERE content_hash IN (SELECT content_hash FROM wanted_contents)
