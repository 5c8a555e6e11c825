-- Why traces were not accepted. What follows a verifier's name varies by trace, so the verifier stands for it.
SELECT outcome, coalesce(verifier, reason) AS reason, count(*) AS traces, min(reason) AS example
FROM reported WHERE purpose = 'train' AND described AND outcome <> 'accepted'
GROUP BY ALL ORDER BY traces DESC, outcome, reason LIMIT 30
