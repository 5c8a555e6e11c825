-- Traces for training that the configuration does not describe any more: they stay, and are not counted elsewhere.
SELECT count(*) AS traces, coalesce(round(sum(cost_usd), 9), 0)::DOUBLE AS usd
FROM reported WHERE purpose = 'train' AND NOT described
