-- Examples of the latest selection that would not be chosen now: they are not accepted or not described any more.
SELECT count(*) AS examples
FROM examples
ANTI JOIN (SELECT trace_id FROM reported WHERE purpose = 'train' AND described AND outcome = 'accepted') USING (trace_id)
