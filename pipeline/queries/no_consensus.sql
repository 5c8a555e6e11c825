-- No answer that counts as a reference: the configuration asks for none.
SELECT
    NULL::VARCHAR AS problem_id, NULL::VARCHAR AS revision, NULL::VARCHAR AS answer, NULL::VARCHAR AS reference_hash,
    NULL::DOUBLE AS share
WHERE false
