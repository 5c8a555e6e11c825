-- Examples of one selection that are on record already.
SELECT example_id FROM ledger_examples WHERE curation_id = $curation_id
