-- Examples of the latest selection that would not be chosen now: they are not accepted or not described any more. With
-- $unproven it chose among rejected and undecided traces too.
SELECT count(*) AS examples
FROM examples
ANTI JOIN (SELECT trace_id FROM reported WHERE purpose = 'train' AND described AND (outcome = 'accepted'
    OR ($unproven AND outcome IN ('rejected', 'undecided')))) USING (trace_id)
