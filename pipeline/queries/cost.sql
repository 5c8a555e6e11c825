-- What was asked for and spent, by what it was for; usd is null where no price is known. Of the traces for training
-- those that the configuration describes; of the others all, since it describes none of them.
SELECT
    purpose, count(*) AS traces,
    coalesce(sum(prompt_tokens), 0)::BIGINT AS prompt_tokens,
    coalesce(sum(completion_tokens), 0)::BIGINT AS completion_tokens,
    round(sum(cost_usd), 9) AS usd, -- whatever the order in which it was summed
    count(*) FILTER (cost_usd IS NULL AND completed) AS unpriced
FROM reported WHERE purpose <> 'train' OR described
GROUP BY purpose
