-- What every problem on record holds now.
SELECT problem_id, max_by(content_hash, created_at) AS content_hash FROM ledger_problems GROUP BY problem_id
