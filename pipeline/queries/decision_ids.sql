-- Decisions that are on record already.
SELECT decision_id FROM ledger_decisions
