-- What the policy gate decided, the latest word on each subject at each stage.
SELECT stage, subject, model, host, uses, verdict, blocked, reason_codes, policies, conditions, clauses, attested, overrides,
    policy_digest, CAST(created_at AS DATE) AS day
FROM ledger_decisions
WHERE decision_id IN (SELECT max_by(decision_id, created_at) FROM ledger_decisions GROUP BY stage, subject, host, model)
ORDER BY stage, subject, host, model
