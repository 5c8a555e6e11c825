-- What every problem on record says, by hash.
SELECT content_hash FROM ledger_problems
