-- No slot yet, in the form of a list that slots are added to.
SELECT slot_id FROM ledger_traces WHERE false
